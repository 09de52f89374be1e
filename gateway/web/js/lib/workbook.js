// First looks at a chosen file, before anything is uploaded; the service looks at everything again.
const LARGEST = 200_000_000;
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const OLE = [0xd0, 0xcf, 0x11, 0xe0];

/** Lines { tone: ok | warn | err, text } about the file; with an err it can not be imported. */
export async function look(file) {
  const start = [...new Uint8Array(await file.slice(0, 8).arrayBuffer())];
  const begins = (bytes) => bytes.every((byte, place) => start[place] === byte);
  const ending = file.name.toLowerCase().split(".").pop();
  if (ending === "xlsm") return [stop("文件含宏，请另存为 .xlsx")];
  if (begins(OLE) && ending === "xlsx") return [stop("文件带密码，请取消密码后再导入")];
  if (!begins(ZIP) || ending !== "xlsx") return [stop("只支持 .xlsx。.xls、.et、.csv 请在 WPS 或 EXCEL 中“另存为”.xlsx")];
  if (file.size > LARGEST) return [stop(`文件 ${Math.round(file.size / 1e6)} MB，超过 200 MB，请拆分`)];
  return [{ tone: "ok", text: "文件类型、大小符合要求" }];
}

function stop(text) {
  return { tone: "err", text };
}
