// What a code may mean, as far as a device can tell alone; the hub reads it in full.
const SEPARATOR = "\u001d";
const SEPARATORS = /\u241d|<GS>|\{GS\}|\u001e|\u0004/gi;
const FIXED = {
  "00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2,
  "31": 8, "32": 8, "33": 8, "34": 8, "35": 8, "36": 8, "41": 14,
};

// The GTIN in 14 digits, whether a lot is named, and how many the code says itself; empty for a label of our own.
export function read(text) {
  const code = text.trim().replace(/^\][A-Za-z]\w/, "").replace(/^\u001d/, "");
  const link = code.match(/^https?:\/\/[^?#]*\/01\/(\d{8,14})(?=[/?#]|$)/i);
  if (link) return { gtin: link[1].padStart(14, "0"), lot: /\/10\/|[?&]10=/.test(code), times: times(code.match(/[?&]3[07]=(\d{1,8})/)?.[1]) };
  if (/^\(\d/.test(code)) {
    const gtin = code.match(/\((?:01|02)\)(\d{14})/);
    return { gtin: gtin?.[1] ?? "", lot: code.includes("(10)"), times: times(code.match(/\(3[07]\)(\d{1,8})/)?.[1]) };
  }
  if (/^\d+$/.test(code) && [8, 12, 13, 14].includes(code.length)) return { gtin: code.padStart(14, "0"), lot: false, times: 1 };
  const none = { gtin: "", lot: false, times: 1 };
  return /^0[12]\d{14}/.test(code) ? elements(code.replace(SEPARATORS, SEPARATOR), none) : none;
}

const times = (said) => Number(said) || 1;

function elements(code, found) {
  for (let rest = code; rest.length > 2;) {
    if (rest[0] === SEPARATOR) { rest = rest.slice(1); continue; }
    const name = rest.slice(0, 2);
    const next = rest.indexOf(SEPARATOR);
    const end = FIXED[name] ? 2 + FIXED[name] : next < 0 ? rest.length : next;
    if (name === "01" || name === "02") found.gtin = rest.slice(2, 16);
    if (name === "10") found.lot = true;
    if (name === "30" || name === "37") found.times = times(rest.slice(2, end));
    rest = rest.slice(end);
  }
  return found;
}
