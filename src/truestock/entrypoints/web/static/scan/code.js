// What a code may mean, as far as a device can tell alone; the hub reads it in full.
const SEPARATOR = "\u001d";
const FIXED = { "00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2 };

// The GTIN in 14 digits and whether a lot is named; both empty for a label of our own.
export function read(text) {
  const code = text.trim().replace(/^\][A-Za-z]\w/, "").replace(/^\u001d/, "");
  const link = code.match(/^https?:\/\/[^?#]*\/01\/(\d{8,14})(?=[/?#]|$)/i);
  if (link) return { gtin: link[1].padStart(14, "0"), lot: /\/10\/|[?&]10=/.test(code) };
  if (/^\(\d/.test(code)) {
    const gtin = code.match(/\((?:01|02)\)(\d{14})/);
    return { gtin: gtin?.[1] ?? "", lot: code.includes("(10)") };
  }
  if (/^\d+$/.test(code) && [8, 12, 13, 14].includes(code.length)) return { gtin: code.padStart(14, "0"), lot: false };
  return /^0[12]\d{14}/.test(code) ? elements(code.replace(/<GS>/gi, SEPARATOR)) : { gtin: "", lot: false };
}

function elements(code) {
  const found = { gtin: "", lot: false };
  for (let rest = code; rest.length > 2;) {
    if (rest[0] === SEPARATOR) { rest = rest.slice(1); continue; }
    const name = rest.slice(0, 2);
    const next = rest.indexOf(SEPARATOR);
    const end = FIXED[name] ? 2 + FIXED[name] : next < 0 ? rest.length : next;
    if (name === "01" || name === "02") found.gtin = rest.slice(2, 16);
    if (name === "10") found.lot = true;
    rest = rest.slice(end);
  }
  return found;
}
