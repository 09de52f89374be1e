// First looks at a chosen file, before anything is uploaded; the service looks at everything again.
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const OLE = [0xd0, 0xcf, 0x11, 0xe0];
const MIB = 2 ** 20;
const PATIENCE_MS = 8000;

/** Lines { tone: ok | warn | err, text } about the file; with an err it can not be imported.
 *  `rules` are the service's (WorkbookRules), `module` the address of the one that reads headings. */
export async function look(file, rules, module) {
  const start = [...new Uint8Array(await file.slice(0, 8).arrayBuffer())];
  const begins = (bytes) => bytes.every((byte, place) => start[place] === byte);
  const ending = file.name.toLowerCase().split(".").pop();
  if (ending === "xlsm") return [stop("文件含宏，请另存为 .xlsx")];
  if (begins(OLE) && ending === "xlsx") return [stop("文件带密码，请取消密码后再导入")];
  if (!begins(ZIP) || ending !== "xlsx") return [stop("只支持 .xlsx。.xls、.et、.csv 请在 WPS 或 EXCEL 中“另存为”.xlsx")];
  if (file.size > rules.max_bytes) return [stop(`文件 ${megabytes(file.size)} MB，超过 ${megabytes(rules.max_bytes)} MB，请拆分`)];
  return [{ tone: "ok", text: "文件类型、大小符合要求" }, ...(await headings(file, rules, module))];
}

// Whatever can not be read, or takes too long, is left to the service: a good file is never held up here.
async function headings(file, rules, module) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, []));
  const read = import(module).then(({ check }) => check(file, rules)).catch(() => []);
  return Promise.race([read, late]);
}

function megabytes(bytes) {
  return String(Math.round(bytes / MIB));
}

function stop(text) {
  return { tone: "err", text };
}
