// The task at hand: its lines, which item is counted now, and what a code means on this sheet.
import { read } from "./code.js";

const NUMBER = new Intl.NumberFormat("en");
const STATES = { booked: "counted", deciding: "counted", review: "counted", dismissed: "counted", recount: "to be counted again" };

export class TheSheet {
  constructor(told) {
    this.task = told.task;
    this.lines = told.lines;
    this.bins = told.bins ?? [];
    this.current = null;
    this.bin = "";
  }

  // What waits on the device is counted here too.
  add(scan) {
    const line = this.line(scan.sku) ?? (scan.code ? this.find(scan.code)?.line : null);
    if (scan.task !== this.task.id || !line) return;
    if (scan.kind === "units") line.counted += scan.qty * (scan.code ? this.find(scan.code).units : 1);
    else line.counted = scan.kind === "done" ? line.counted : 0;
    if (scan.kind === "done" || scan.kind === "nothing") {
      line.yours = false;
      line.state = "deciding";
    }
  }

  // The line and the units of one package; null where the device does not know the code.
  find(code) {
    const { gtin, lot, times } = read(code);
    for (const line of this.lines) {
      const barcode = line.barcodes.find((one) => one.gtin === gtin);
      if (barcode) return { line, units: barcode.units * times, lot };
      if (line.sku === code.trim()) return { line, units: 1, lot: false };
    }
    return null;
  }

  holdsBin(code) {
    return this.bins.includes(code.trim()) || this.lines.some((line) => line.bins.includes(code.trim()));
  }

  // In a task of a zone it is counted bin by bin; where an item lies in one alone, that one is meant.
  needsBin(line) {
    return this.task.zone !== "" && !this.bin && line.bins.length !== 1;
  }

  line(sku) {
    return this.lines.find((line) => line.sku === sku) ?? null;
  }

  draw(list, choose) {
    list.replaceChildren(...this.lines.map((line) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.sku = line.sku;
      button.setAttribute("aria-current", String(line === this.current));
      const over = !line.yours;
      button.append(span("name", line.name || line.sku), span(over ? "units over" : "units", shown(line)),
        span("sku", [line.sku, ...line.bins].join(" · ")));
      button.addEventListener("click", () => choose(line));
      const row = document.createElement("li");
      row.append(button);
      return row;
    }));
  }
}

function shown(line) {
  if (line.yours) return line.counted ? NUMBER.format(line.counted) : "–";
  return STATES[line.state] ?? "somebody counts it";
}

function span(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}
