// Speaks to the hub: asks for tasks and sheets, and sends what waits on the device, in its order, each scan under its key.
import * as store from "./store.js";

const AT_ONCE = 100;
const WITHIN_MS = 20_000;
const AGAIN_MS = [1000, 2000, 5000, 10000, 30000];

export class Refused extends Error {
  constructor(status, detail, field = "") {
    super(detail);
    this.status = status;
    this.field = field;
  }
}

// Raises Refused for what the hub answers with a problem, and what fetch raises where no answer came, or none in time.
export async function ask(method, path, body, within = WITHIN_MS) {
  const key = store.setting("key");
  const headers = { ...(key && { authorization: `Bearer ${key}` }), ...(body && { "content-type": "application/json" }) };
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(within) });
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, told.detail ?? `the hub answered ${response.status}`, told.field);
  return told;
}

export const who = () => (store.setting("key") ? "" : store.setting("name"));

export class Sender {
  // `told` is called with each answered scan and its answer, `state` with how the connection stands, `sent` when
  // nothing waits any more.
  constructor(told, state, sent) {
    this.told = told;
    this.state = state;
    this.sent = sent;
    this.busy = this.wanted = false;
    this.tries = 0;
    this.timer = null;
    addEventListener("online", () => this.send());
    addEventListener("offline", () => this.state("offline"));
  }

  async send() {
    clearTimeout(this.timer);
    this.wanted = true;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        await this.empty();
      }
    } catch (fault) {
      this.later(fault);
    } finally {
      this.busy = false;
    }
  }

  async empty() {
    let sent = 0;
    for (let rows = await store.firstScans(AT_ONCE); rows.length; rows = await store.firstScans(AT_ONCE)) {
      await this.sendAll(rows);
      sent += rows.length;
    }
    this.tries = 0;
    if (sent) {
      this.state("online");
      await this.sent();
    }
  }

  async sendAll(rows) {
    const scans = await this.answers(rows);
    for (const [n, row] of rows.entries()) {
      if (scans[n].outcome === "refused") await store.addRefused({ ...scans[n], scan: row.scan });
      await store.removeScan(row.n);
      this.told(row.scan, scans[n]);
    }
  }

  // A scan that the hub cannot even read is refused alone, so that the others do not wait behind it for ever.
  async answers(rows) {
    const body = { counter: who(), sent_at: new Date().toISOString(), scans: rows.map((row) => row.scan) };
    try {
      return (await ask("POST", "/v1/counts/scans", body)).scans;
    } catch (fault) {
      if (!(fault instanceof Refused && (fault.status === 400 || fault.field.startsWith("scans[")))) throw fault;
      if (rows.length === 1) return [{ key: rows[0].scan.key, outcome: "refused", detail: fault.message }];
      const found = [];
      for (const row of rows) found.push(...await this.answers([row]));
      return found;
    }
  }

  // Nothing is lost: what could not be sent waits, and is sent again under the same keys.
  later(fault) {
    const away = !(fault instanceof Refused) || fault.status >= 500 || fault.status === 429;
    this.state(away ? "offline" : "stopped", fault.message);
    if (!away) return;
    this.timer = setTimeout(() => this.send(), AGAIN_MS[Math.min(this.tries, AGAIN_MS.length - 1)]);
    this.tries += 1;
  }
}
