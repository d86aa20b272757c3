// Decides what waits on the page of discrepancies, through the API: what it asks of a program it asks of a page.
"use strict";
(() => {
  const dialog = document.getElementById("decide");
  const form = dialog.querySelector("form");
  const part = (name) => dialog.querySelector(`[data-part=${name}]`);
  let row = null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-decide]");
    if (!button) return;
    row = button.closest("tr");
    form.reset();
    document.getElementById("decide-head").textContent = row.dataset.head;
    part("said").textContent = row.dataset.said;
    part("fault").textContent = "";
    for (const choices of form.querySelectorAll("fieldset")) choices.disabled = choices.hidden = choices.dataset.of !== row.dataset.of;
    dialog.showModal();
  });
  part("leave").addEventListener("click", () => dialog.close());

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(form));
    const asked = row.dataset.of === "count" ? ofCount(said) : ofSource(said);
    const submit = form.querySelector("[type=submit]");
    submit.disabled = true;
    try {
      const answer = await fetch(asked.path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(asked.body) });
      const told = await answer.json();
      const fault = answer.ok ? told.verdicts?.[0].problem?.detail : told.detail;
      if (!answer.ok || fault) return void (part("fault").textContent = fault);
      settle(told.verdicts?.[0].state ?? told.state);
    } catch {
      part("fault").textContent = "The hub did not answer; try again.";
    } finally {
      submit.disabled = false;
    }
  });

  const ofSource = ({ choice, reason }) => ({ path: `/v1/discrepancies/${row.dataset.id}/${choice}`, body: { reason } });

  function ofCount({ choice, reason, decider }) {
    const verdict = { task: Number(row.dataset.id), sku: row.dataset.sku, decision: choice, reason };
    return { path: "/v1/counts/decide", body: { verdicts: [verdict], decider } };
  }

  // What waits on still is decided later; all else is settled.
  function settle(state) {
    dialog.close();
    row.querySelector("[data-part=state]").textContent = state;
    if (state !== "review") row.querySelector("[data-decide]").remove();
    document.getElementById("said").textContent = `${row.dataset.head} is ${state}.`;
  }
})();
