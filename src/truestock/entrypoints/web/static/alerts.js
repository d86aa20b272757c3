// Does what a button of an alert says, through the API, then has the list shown anew; keeps the count in the menu.
"use strict";
(() => {
  const said = document.getElementById("said");
  const HOUR = 3_600_000;
  const bodies = {
    acknowledge: () => ({}),
    resolve: () => ({}),
    snooze: () => ({ until: new Date(Date.now() + HOUR).toISOString() }),
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    button.disabled = true;
    const { act, alert } = button.dataset;
    try {
      const answer = await fetch(`/v1/alerts/${alert}/${act}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(bodies[act]()),
      });
      const found = await answer.json();
      said.textContent = answer.ok ? `The alert is ${found.state}.` : found.detail;
      said.classList.toggle("unseen", answer.ok);
    } catch {
      said.textContent = "The hub did not answer; try again.";
      said.classList.remove("unseen");
      button.disabled = false;
    }
    htmx.trigger("#asked", "refresh");
  });
  document.addEventListener("htmx:after:swap", () => {
    const open = document.querySelector("[data-open]")?.dataset.open ?? "0";
    const count = document.getElementById("open-alerts");
    count.textContent = open;
    count.hidden = open === "0";
  });
})();
