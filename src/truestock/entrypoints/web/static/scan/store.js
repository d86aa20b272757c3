// What a device keeps while it has no connection: scans in their order, sheets as they were read last, and refusals.
const NAME = "truestock-count";

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("scans", { keyPath: "n", autoIncrement: true });
    asked.result.createObjectStore("refused", { keyPath: "key" });
    asked.result.createObjectStore("kept");
  };
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

async function work(store, mode, act) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const asked = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const addScan = (scan) => work("scans", "readwrite", (store) => store.add({ scan }));
export const firstScans = (count) => work("scans", "readonly", (store) => store.getAll(null, count));
export const waiting = () => work("scans", "readonly", (store) => store.count());
export const removeScan = (n) => work("scans", "readwrite", (store) => store.delete(n));
export const addRefused = (fault) => work("refused", "readwrite", (store) => store.put(fault));
export const allRefused = () => work("refused", "readonly", (store) => store.getAll());
export const clearRefused = () => work("refused", "readwrite", (store) => store.clear());
export const keep = (name, value) => work("kept", "readwrite", (store) => store.put(value, name));
export const kept = (name) => work("kept", "readonly", (store) => store.get(name));

// What is kept as plain words, for it is read before anything is shown.
export function setting(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(`count.${name}`) ?? "";
    localStorage.setItem(`count.${name}`, value);
  } catch { /* a browser that keeps nothing: for this page only */ }
  return value ?? "";
}
