// A large file to the storage, with its progress; tried again when the line breaks.
import { active } from "./active.js";
import { Refused } from "./upload.js";

const PAUSES_S = [1, 2, 5, 10];

/** Posts the file by the ticket. tell(percent, attempt) is called as it goes. */
export async function send(ticket, file, tell) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(ticket, file, (percent) => tell(percent, attempt));
    } catch (fault) {
      if (attempt > PAUSES_S.length) throw fault;
      tell(0, attempt + 1);
      await new Promise((resolve) => setTimeout(resolve, PAUSES_S[attempt - 1] * 1000));
    }
  }
}

function once(ticket, file, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", ticket.url);
    request.upload.addEventListener("progress", (event) => {
      active();
      if (event.lengthComputable) tell(Math.round((100 * event.loaded) / event.total));
    });
    request.addEventListener("load", () =>
      request.status < 300 ? resolve() : reject(new Refused("存储空间没有接受文件。", true)),
    );
    request.addEventListener("error", () => reject(new Refused("网络不通，文件没有上传成功。", true)));
    const body = new FormData();
    for (const [name, value] of Object.entries(ticket.fields)) body.append(name, value);
    body.append("file", file);
    request.send(body);
  });
}
