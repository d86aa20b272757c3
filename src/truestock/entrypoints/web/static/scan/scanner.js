// What a scanner types that is a keyboard: it comes in one burst, and ends with Enter or Tab.
const SCANNER_MS = 150;

// It types where the focus is, also after somebody has typed how many: what came there in one burst is a code.
export function heedScanner(code, qty, { take, focus, refuse }) {
  let burst = { text: "", before: "", at: 0 };
  qty.addEventListener("keydown", (event) => {
    if (event.key.length === 1) {
      if (event.timeStamp - burst.at > SCANNER_MS) burst = { text: "", before: qty.value, at: 0 };
      burst = { ...burst, text: burst.text + event.key, at: event.timeStamp };
    } else if (["Enter", "Tab"].includes(event.key) && (burst.text.length > 7 || qty.value.length > 7)) {
      event.preventDefault();
      qty.value = burst.text.length > 7 ? burst.before || "1" : "1";
      if (burst.text.length > 7) take(burst.text);
      else refuse();
      focus();
    }
  });
  code.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && code.value.trim()) {
      event.preventDefault();
      take(code.value);
    } else if (event.ctrlKey && event.key === "]") { // how they type GS1's separator
      event.preventDefault();
      code.setRangeText("\u001d", code.selectionStart, code.selectionEnd, "end");
    }
  });
}
