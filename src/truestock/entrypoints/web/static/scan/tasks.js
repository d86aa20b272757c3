// The tasks that can be counted: what is mine first, then what nobody has; who opens one that nobody has takes it on.
import { ask, who } from "./hub.js";
import * as store from "./store.js";

const PAGES_MOST = 50;
const WHY = { pick: "A picker did not find them", asked: "Asked for" };

// With a key the hub knows the name, and tells it when a task is taken on.
const mine = (task) => task.assigned_to !== "" && task.assigned_to === (who() || store.setting("known"));
const turn = (task) => (mine(task) ? 0 : task.assigned_to ? 2 : 1);

// All that are open, page by page: the urgent ones may be the oldest.
export async function readTasks() {
  const rows = [];
  for (let next = "", page = 0; next !== null && page < PAGES_MOST; page += 1) {
    const told = await ask("GET", `/v1/counts/tasks?state=open${next && `&cursor=${encodeURIComponent(next)}`}`);
    rows.push(...told.rows);
    next = told.next ?? null;
  }
  return { rows };
}

export function drawTasks(list, tasks, open) {
  const rows = [...tasks].sort((a, b) => turn(a) - turn(b) || b.priority - a.priority || a.id - b.id);
  list.replaceChildren(...rows.map((task) => row(task, open)));
}

function row(task, open) {
  const button = document.createElement("button");
  const head = document.createElement("b");
  head.textContent = `${task.location}${task.zone ? `, ${task.zone}` : ""}: ${task.left} of ${task.lines} items`;
  const why = document.createElement("span");
  why.className = "quiet";
  const whose = !task.assigned_to ? "" : mine(task) ? ", yours" : `, for ${task.assigned_to}`;
  why.textContent = (WHY[task.why] ?? `Plan ${task.plan}`) + whose;
  button.append(head, why);
  button.type = "button";
  button.addEventListener("click", () => {
    if (!task.assigned_to) takeOn(task.id);
    open(task.id);
  });
  const made = document.createElement("li");
  made.append(button);
  return made;
}

// Without a connection it is counted all the same.
async function takeOn(task) {
  const taken = await ask("POST", `/v1/counts/tasks/${task}/assign`, { counter: who() }).catch(() => null);
  if (taken) store.setting("known", taken.assigned_to);
}
