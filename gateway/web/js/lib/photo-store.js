// Photos that are still to be sent, kept on the device (IndexedDB) through reloads and lost networks.
const BASE = "pingzheng-photos";
const STORE = "photos";
const WEEK_MS = 7 * 24 * 3600 * 1000;

/** A store with load(), save(record) and remove(id); in memory only where the browser keeps nothing. */
export async function openStore(account) {
  const base = await opened().catch(() => null);
  if (!base) return inMemory();
  base.onversionchange = () => base.close();
  const work = (mode, act) => done(act(base.transaction(STORE, mode).objectStore(STORE)));
  const store = {
    load: () => work("readonly", (photos) => photos.getAll()),
    save: (record) => work("readwrite", (photos) => photos.put(record)),
    remove: (id) => work("readwrite", (photos) => photos.delete(id)),
  };
  for (const record of await store.load()) {
    // Another person's at this device, or forgotten: nobody sends it any more.
    if (record.account !== account || Date.now() - record.at > WEEK_MS) await store.remove(record.id);
  }
  return store;
}

function opened() {
  const asked = indexedDB.open(BASE, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
  return done(asked);
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function inMemory() {
  const records = new Map();
  let last = 0;
  return {
    load: async () => [...records.values()],
    save: async (record) => {
      const id = record.id ?? ++last;
      records.set(id, { ...record, id });
      return id;
    },
    remove: async (id) => records.delete(id),
  };
}
