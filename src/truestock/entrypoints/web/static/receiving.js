// Decides on what waits on the page of receiving, and puts it away, through the API: what it asks of a program it asks of
// a page. Each opening of the dialog is one command, however often it is sent.
"use strict";
(() => {
  const dialog = document.getElementById("decide");
  const form = dialog.querySelector("form");
  const part = (name) => dialog.querySelector(`[data-part=${name}]`);
  let row = null;
  let once = "";

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-decide]");
    if (!button) return;
    row = button.closest("tr").dataset;
    once = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    form.reset();
    const lot = row.lot && `, lot ${row.lot}`;
    document.getElementById("decide-head").textContent = `${row.sku} at ${row.location}${lot}`;
    part("said").textContent = `${row.came}. ${Number(row.waiting).toLocaleString("en")} wait.`;
    form.elements.qty.max = form.elements.qty.value = row.waiting;
    part("fault").textContent = "";
    form.querySelector("[type=submit]").textContent = button.textContent;
    for (const choices of form.querySelectorAll("fieldset")) choices.disabled = choices.hidden = choices.dataset.of !== row.lands;
    fit();
    dialog.showModal();
  });
  form.addEventListener("change", fit);
  part("leave").addEventListener("click", () => dialog.close());

  // Shows what belongs to the choice, and asks for no more.
  function fit() {
    const choice = chosen();
    for (const block of form.querySelectorAll("[data-for]")) {
      block.hidden = !block.dataset.for.split(" ").includes(choice);
      for (const field of block.querySelectorAll("input, select")) field.disabled = block.hidden;
    }
    form.elements.reason.required = choice === "rejected" || choice === "failed";
  }

  const chosen = () => (row.lands === "receiving" ? "put_away" : new FormData(form).get("choice"));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(form));
    const submit = form.querySelector("[type=submit]");
    submit.disabled = true;
    try {
      const headers = { "content-type": "application/json", "idempotency-key": once };
      const asked = row.lands === "receiving" ? ofPuttingAway(said) : ofDecision(said);
      const answer = await fetch(asked.path, { method: "POST", headers, body: JSON.stringify(asked.body) });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) return void (part("fault").textContent = told.detail ?? `The hub answered ${answer.status}; try again.`);
      await settle(told.qty);
    } catch {
      part("fault").textContent = "The hub did not answer; try again. What was done already is not done twice.";
    } finally {
      submit.disabled = false;
    }
  });

  function ofPuttingAway({ qty, bin }) {
    const units = { sku: row.sku, location: row.location, qty: Number(qty), ...named({ lot: row.lot, bin: bin.trim() }) };
    return { path: "/v1/put-away", body: units };
  }

  function ofDecision({ choice, qty, sampled, goes_to, bin = "", reason }) {
    const decision = { sku: row.sku, location: row.location, decision: choice, received: Number(row.id), qty: Number(qty), reason: reason.trim() };
    return { path: "/v1/receipts/decisions", body: { ...decision, ...named({ goes_to, bin: bin.trim() }), ...(sampled && { sampled: Number(sampled) }) } };
  }

  const named = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value));

  // What still waits is asked for anew: a decision may have changed more than its row.
  async function settle(qty) {
    const what = { put_away: "put away" }[chosen()] ?? chosen();
    const done = `${qty} of ${row.sku} at ${row.location} ${what}.`;
    dialog.close();
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      document.getElementById("waiting").replaceWith(page.getElementById("waiting"));
    } finally {
      document.getElementById("said").textContent = done;
    }
  }
})();
