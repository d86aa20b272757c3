// The counting page: what is scanned is kept first and sent then, so that a lost connection loses nothing.
import { Camera, missing } from "./camera.js";
import { ask, Refused, Sender, who } from "./hub.js";
import { heedScanner } from "./scanner.js";
import { TheSheet } from "./sheet.js";
import { signal } from "./signal.js";
import * as store from "./store.js";
import { drawTasks, readTasks } from "./tasks.js";

const at = (id) => document.getElementById(id);
const MEANS_WITHIN_MS = 4000;
const QTY_MOST = 1_000_000;
const code = at("code"), qty = at("qty"), lot = at("lot");
let sheet = null;
let typing = !matchMedia("(pointer: coarse)").matches;
const sender = new Sender(answered, connection, refresh);
const camera = new Camera(at("video"), take);
let turn = Promise.resolve();

// ---- what is shown
function show(section) {
  for (const id of ["login", "tasks", "count"]) at(id).hidden = id !== section;
  if (section !== "count") camera.stop();
}

function say(tone, said, more = "") {
  at("last").dataset.tone = tone;
  at("said").textContent = said;
  at("more").textContent = more;
  signal(tone);
}

function notice(text) {
  at("notice").hidden = !text;
  at("notice").textContent = text;
}

async function connection(state, why = "") {
  const waits = await store.waiting();
  at("line").dataset.state = state === "online" && !waits ? "live" : "waiting";
  at("line").textContent = { online: "connected", offline: "no connection", stopped: "not accepted" }[state] + (waits ? `, ${waits} wait` : "");
  notice(state === "stopped" ? `The hub does not take what is counted: ${why}` : "");
}

async function drawRefused() {
  const faults = await store.allRefused();
  at("refused").hidden = !faults.length;
  at("faults").replaceChildren(...faults.map((fault) => {
    const row = document.createElement("li");
    row.textContent = `${fault.sku ?? fault.scan.sku ?? fault.scan.code}: ${fault.detail}`;
    return row;
  }));
}

function draw() {
  sheet.draw(at("lines"), choose);
  at("bin").hidden = !sheet.bin;
  at("bin").textContent = `In bin ${sheet.bin}`;
}

function focus() {
  code.inputMode = typing ? "text" : "none";
  if (!at("count").hidden) code.focus();
}

// ---- who, and which task
async function begin() {
  const known = Boolean(store.setting("key") || store.setting("name"));
  at("who").textContent = store.setting("name") || "Key";
  at("who").hidden = !known;
  if (!known) return show("login");
  const task = await store.kept("task");
  await (task ? openTask(task) : openTasks());
  sender.send();
}

async function openTasks() {
  show("tasks");
  sheet = null;
  await store.keep("task", null);
  const told = await fetched("tasks", readTasks);
  at("title").textContent = told?.rows?.length ? "Count" : "Nothing is to be counted";
  drawTasks(at("walks"), told?.rows ?? [], openTask);
}

async function openTask(task) {
  if (!await readSheet(task)) return notice("The sheet cannot be read: there is no connection, and it was not opened here before.");
  await store.keep("task", task);
  const told = sheet;
  at("title").textContent = `${told.task.location}${told.task.zone ? `, ${told.task.zone}` : ""}`;
  say("none", "Scan an item");
  show("count");
  draw();
  focus();
}

async function readSheet(task, wanted = () => true) {
  const path = `/v1/counts/tasks/${task}?counter=${encodeURIComponent(who())}`;
  const told = await fetched(`sheet.${task}`, () => ask("GET", path));
  if (!told || !wanted()) return false;
  const before = sheet?.task.id === task ? sheet : null;
  sheet = new TheSheet(told);
  sheet.bin = before?.bin ?? "";
  sheet.current = before?.current ? sheet.line(before.current.sku) : null;
  for (const { scan } of await store.firstScans(10_000)) sheet.add(scan);
  return true;
}

// All that was counted here is sent: the hub's figures are ours.
async function refresh() {
  const task = sheet?.task.id; // another one may be opened until the answer is here
  if (task && await readSheet(task, () => sheet?.task.id === task)) draw();
}

// The hub's answer, or what it said last where it does not answer now.
async function fetched(name, call) {
  try {
    const told = await call();
    await store.keep(name, told);
    connection("online");
    return told;
  } catch (fault) {
    connection(fault instanceof Refused && fault.status < 500 ? "stopped" : "offline", fault.message);
    return store.kept(name);
  }
}

// ---- counting
// Scanners are faster than what is kept and asked for: one thing after the other, in the order in which it was done.
function inTurn(act) {
  turn = turn.then(act).catch((fault) => say("wrong", "It is not taken", fault.message));
}

function take(text) {
  code.value = "";
  if (text.trim()) inTurn(() => taken(text.trim()));
}

async function taken(scanned) {
  const found = sheet.find(scanned);
  if (!found && /^[1-9]\d{0,4}$/.test(scanned)) {
    qty.value = scanned;
    return say("none", `${scanned} times what is scanned next`);
  }
  if (!found && sheet.holdsBin(scanned)) return inBin(scanned);
  const times = Math.trunc(Number(qty.value)) || 1;
  if (times < 1 || times > QTY_MOST) {
    qty.value = "1";
    return say("wrong", "How many is not a number that can be", "Scan it again.");
  }
  if (found) await count(found, scanned, times);
  else await unknown(scanned, times);
}

async function count({ line, units, lot: named }, scanned, times) {
  if (!line.yours) return say("wrong", line.name || line.sku, `It is ${line.state === "recount" ? "to be counted again by somebody else" : "counted, or somebody else counts it"}.`);
  if (line.lot_tracked && !named && !lot.value.trim()) {
    code.value = scanned;
    lot.focus();
    return say("wrong", line.name || line.sku, "Scan a code that has the lot, or type the lot.");
  }
  if (sheet.needsBin(line)) return say("wrong", line.name || line.sku, "Scan the bin first: here it is counted bin by bin.");
  choose(line, false);
  line.counted += units * times;
  await push({ kind: "units", code: scanned, qty: times, ...(lot.value.trim() && { lot: lot.value.trim() }) });
  say("right", line.name || line.sku, `+${units * times}, ${line.counted} counted${line.unit === "each" ? "" : ` (${line.unit})`}`);
  qty.value = "1";
  lot.value = "";
  draw();
}

// The hub may know more than the sheet: it is asked, and where it cannot be, it judges later.
async function unknown(scanned, times) {
  try {
    const asked = { code: scanned, location: sheet.task.location };
    const { what, sku, units, says, bin } = await ask("POST", "/v1/scan", asked, MEANS_WITHIN_MS);
    const line = sheet.line(sku);
    if (line) return await count({ line, units, lot: Boolean(says.lot) }, scanned, times);
    if (what === "bin") return besides(bin);
    say("wrong", sku ?? scanned, what === "item" ? "It is not on this sheet." : `That is a ${what}, not an item of this sheet.`);
  } catch (fault) {
    if (fault instanceof Refused && fault.status < 500) return say("wrong", scanned, fault.message);
    await push({ kind: "units", code: scanned, qty: times });
    say("kept", scanned, "Not known on this device; the hub will judge it when there is a connection.");
  }
}

// A bin that the sheet does not name: units may lie in it all the same, unless the task is of another zone.
function besides(bin) {
  if (sheet.task.zone) return say("wrong", bin, `It is no bin of the zone ${sheet.task.zone}, which is counted here.`);
  inBin(bin);
}

function inBin(bin) {
  sheet.bin = bin;
  sheet.current = null;
  draw();
  say("right", `Bin ${bin}`, "Scan what lies in it.");
}

function choose(line, fill = true) {
  sheet.current = line;
  if (fill && line.yours) code.value = line.sku;
  draw();
  if (fill) focus();
}

async function state(kind, said) {
  const line = sheet.current ?? sheet.line(code.value.trim());
  code.value = "";
  if (!line && kind === "nothing" && sheet.bin) {
    await push({ kind, bin: sheet.bin });
    return say("kept", `Nothing in ${sheet.bin}`);
  }
  if (!line?.yours) return say("wrong", "Scan or choose an item first");
  if (kind === "nothing" && line.counted) return say("wrong", line.name || line.sku, `${line.counted} are counted already: say that it is done, or count it anew.`);
  await push({ kind, sku: line.sku });
  line.counted = kind === "done" ? line.counted : 0;
  line.yours = kind === "again";
  if (kind !== "again") line.state = "deciding";
  say("right", line.name || line.sku, said);
  sheet.current = kind === "again" ? line : null;
  draw();
  focus();
}

async function push(scan) {
  const key = crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16).padStart(8, "0")).join("");
  const at_bin = sheet.bin && !scan.bin ? { bin: sheet.bin } : {};
  await store.addScan({ key, task: sheet.task.id, scanned_at: new Date().toISOString(), ...at_bin, ...scan });
  await connection(navigator.onLine ? "online" : "offline");
  sender.send();
}

async function answered(scan, answer) {
  const line = scan.task === sheet?.task.id && answer.sku ? sheet.line(answer.sku) : null;
  if (answer.outcome === "refused") {
    say("wrong", answer.name || answer.sku || scan.code, answer.detail);
    await drawRefused();
  } else if (line && ["done", "nothing"].includes(scan.kind)) {
    line.state = answer.state;
    line.yours = false;
    if (answer.state === "recount") say("kept", line.name || line.sku, "It is to be counted again, by somebody else.");
    draw();
  }
}

// ---- keys and touches
at("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const waits = await store.waiting(), other = at("name").value.trim() !== store.setting("name") || at("key").value.trim() !== store.setting("key");
  if (waits && other && !confirm(`${waits} scans wait here to be sent. They will count as those of whoever begins now. Go on?`)) return;
  store.setting("key", at("key").value.trim());
  store.setting("name", at("name").value.trim());
  store.setting("known", "");
  at("key").value = "";
  begin();
});
at("who").addEventListener("click", () => { show("login"); at("name").value = store.setting("name"); });
at("reload").addEventListener("click", openTasks);
at("leave").addEventListener("click", openTasks);
at("scan").addEventListener("submit", (event) => { event.preventDefault(); take(code.value); focus(); });
at("less").addEventListener("click", () => { qty.value = Math.max(1, qty.value - 1); });
at("plus").addEventListener("click", () => { qty.value = Number(qty.value) + 1; });
at("done").addEventListener("click", () => inTurn(() => state("done", "Counted.")));
at("nothing").addEventListener("click", () => inTurn(() => state("nothing", "Nothing there.")));
at("again").addEventListener("click", () => inTurn(() => state("again", "Counted anew: scan it again.")));
at("type").addEventListener("click", () => { typing = !typing; at("type").setAttribute("aria-pressed", String(typing)); focus(); });
at("seen").addEventListener("click", async () => { await store.clearRefused(); drawRefused(); });
at("camera").addEventListener("click", async () => {
  if (camera.stream) return camera.stop();
  const why = missing() || await camera.start().then(() => "", (fault) => `The camera does not start: ${fault.message}`);
  notice(why);
});
heedScanner(code, qty, { take, focus, refuse: () => say("wrong", "How many is not a number that can be", "Scan it again.") });
addEventListener("keydown", (event) => {
  const button = { F4: "nothing", F6: "again", F8: "done", F9: "camera" }[event.key];
  if (at("count").hidden) return;
  if (button) {
    event.preventDefault();
    at(button).click();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " " && !event.target.matches("input")) focus();
});

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/scan-worker.js", { scope: "/scan" }).catch(() => {});
else notice("This page was not opened over HTTPS: without a connection it does not open again, and there is no camera.");
at("type").setAttribute("aria-pressed", String(typing));
await drawRefused();
await begin();
