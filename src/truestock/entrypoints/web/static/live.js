// Live cells: one event stream moves the numbers, the figures, the curve's points and the list of orders.
"use strict";
(() => {
  const ORDERS_SHOWN = 40;
  const POINTS_SHOWN = 1200;
  const number = new Intl.NumberFormat("en");
  const rows = document.querySelector("#rows");
  const light = document.querySelector("#live");
  const orders = document.querySelector("#orders");
  const sync = document.querySelector("#sync");
  const why = document.querySelector("#why");
  const history = new Map();
  let latest = null;
  let waiting = null;

  const source = new EventSource("/live/stream");
  source.addEventListener("open", () => shine("live"));
  source.addEventListener("error", () => shine("waiting"));
  source.addEventListener("cells", (event) => JSON.parse(event.data).forEach(move));
  source.addEventListener("stock", (event) => JSON.parse(event.data).forEach(weigh));
  source.addEventListener("figures", (event) => figures(JSON.parse(event.data)));
  source.addEventListener("history", (event) => recall(JSON.parse(event.data)));
  source.addEventListener("orders", (event) => JSON.parse(event.data).forEach(list));
  source.addEventListener("reload", () => htmx.trigger("#search", "refresh"));

  function shine(state) {
    light.dataset.state = state;
    light.textContent = state === "live" ? "live" : "waiting";
  }

  function move([channel, sku, atp]) {
    const cell = document.getElementById(`atp:${channel}:${sku}`);
    const before = Number(cell?.dataset.atp);
    if (!cell || before === atp) return;
    cell.dataset.atp = atp;
    cell.textContent = number.format(Math.max(0, atp));
    cell.ariaLabel = `${cell.ariaLabel.slice(0, cell.ariaLabel.lastIndexOf(":"))}: ${cell.textContent}`;
    cell.classList.toggle("none", atp <= 0);
    cell.classList.toggle("low", atp > 0 && atp < 12);
    cell.classList.remove("up", "down");
    void cell.offsetWidth; // lets the same animation start anew
    cell.classList.add(atp < before ? "down" : "up");
    if (cell.getAttribute("aria-expanded") === "true") again(cell);
  }

  // The explanation of a number that moves is asked for anew, once a second at most, and stays unfolded as it was.
  function again(cell) {
    if (waiting || why.matches(":hover")) return;
    waiting = setTimeout(async () => {
      waiting = null;
      if (cell.getAttribute("aria-expanded") !== "true") return;
      const folds = new Map([...why.querySelectorAll("details")].map((fold) => [path(fold), fold.open]));
      why.ariaLive = "off"; // it was read out when it was chosen; that it moves along is for the eye
      await htmx.ajax("GET", cell.getAttribute("hx-get"), { target: "#why", swap: "innerHTML" });
      for (const fold of why.querySelectorAll("details")) fold.open = folds.get(path(fold)) ?? fold.open;
    }, 1000);
  }

  function path(fold) {
    const above = fold.parentElement.closest("details");
    return (above ? path(above) + " / " : "") + fold.firstElementChild.firstElementChild.firstChild.textContent;
  }

  function weigh([sku, onHand, reserved, wrong]) {
    const row = document.getElementById(`item:${sku}`);
    if (!row) return;
    row.querySelector("[data-on-hand]").textContent = number.format(onHand);
    row.querySelector("[data-reserved]").textContent = number.format(reserved);
    const fault = row.querySelector("[data-oversold]");
    if (fault) fault.textContent = wrong[sync.value] ? number.format(wrong[sync.value]) : "–";
  }

  function figures(told) {
    latest = told;
    const old = told.old?.[sync?.value];
    for (const place of document.querySelectorAll("[data-figure]")) {
      const [whose, name] = place.dataset.figure.split(".");
      const value = (whose === "old" ? old : told.ours)?.[name];
      if (value !== undefined) place.textContent = typeof value === "number" ? number.format(value) : value;
    }
    if (!told.at || !told.old) return;
    for (const [name, figures] of Object.entries(told.old)) {
      const points = history.get(name) ?? [[], [], []];
      if (points[0].at(-1) === told.at) continue;
      [told.at, figures.oversold, told.ours.oversold].forEach((value, n) => points[n].push(value));
      if (points[0].length > POINTS_SHOWN) points.forEach((line) => line.shift());
      history.set(name, points);
    }
    draw();
  }

  function recall(told) {
    for (const [name, points] of Object.entries(told)) history.set(name, points);
    draw();
  }

  function draw() {
    const points = sync && history.get(sync.value);
    if (points?.[0].length) document.dispatchEvent(new CustomEvent("history", { detail: points }));
  }

  function list([at, channel, ref, asked, sold]) {
    const row = orders.insertRow(0);
    row.className = "new";
    [at, channel, ref].forEach((text) => { row.insertCell().textContent = text; });
    const units = row.insertCell();
    units.className = "units";
    units.textContent = sold === asked ? number.format(sold) : `${number.format(sold)} of ${number.format(asked)}`;
    if (sold < asked) units.classList.add("quiet");
    while (orders.rows.length > ORDERS_SHOWN) orders.deleteRow(-1);
  }

  sync?.addEventListener("change", () => {
    if (latest) figures(latest);
    draw();
  });
})();
