// Sets the theme before the first paint: the reader's choice, else the system's; the button changes it. Where the menu is
// wider than a phone, it is moved so far that the page's own entry is seen.
"use strict";
(() => {
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    root.dataset.theme = kept() ?? (system.matches ? "dark" : "light");
    document.dispatchEvent(new Event("theme"));
  };
  paint();
  system.addEventListener("change", paint);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    try { localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark"); } catch { /* for this page only */ }
    paint();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const menu = document.querySelector(".side");
    const here = menu?.querySelector("[aria-current]");
    if (here && menu.scrollWidth > menu.clientWidth) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
  });
})();
