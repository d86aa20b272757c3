// The camera as a scanner: pictures are read on the device, by a decoder that comes with the page.
const FORMATS = ["EANUPC", "ITF14", "Code128", "Code39", "DataBarOmni", "DataBarLtd", "DataBarExp", "DataMatrix", "QRCode"];
const HOW = { formats: FORMATS, textMode: "Plain", maxNumberOfSymbols: 1 };
const LOOK_EVERY_MS = 100;
const SAME_AGAIN_MS = 1500;
const WIDE_MOST = 1280;
let decoder = null;

export function missing() {
  if (!isSecureContext) return "The camera works only where the page is opened over HTTPS.";
  return navigator.mediaDevices?.getUserMedia ? "" : "This browser gives pages no camera: use a scanner, or type the code.";
}

// What makes a code of a picture; it is a megabyte, so it is loaded when somebody wants the camera.
async function load() {
  const { prepareZXingModule, readBarcodes } = await import("../vendor/zxing/reader/index.js");
  const locateFile = (name) => new URL(`../vendor/zxing/reader/${name}`, import.meta.url).href;
  await prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
  return async (picture) => {
    const [found] = await readBarcodes(picture, HOW);
    return found ? said(found) : "";
  };
}

export function reader() {
  decoder ??= load().catch((fault) => { decoder = null; throw fault; });
  return decoder;
}

// As a scanner says it: which kind of code it is goes ahead where the characters alone do not tell.
const said = ({ text, contentType, symbologyIdentifier: kind, format }) => (contentType === "GS1" || format === "EAN8" ? kind + text : text);

export class Camera {
  constructor(video, read) {
    this.video = video;
    this.read = read;
    this.stream = null;
    this.canvas = document.createElement("canvas");
  }

  // Raises what the browser says, as when somebody has not allowed it.
  async start() {
    const decode = await reader();
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: WIDE_MOST } } });
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
    this.look(async () => decode(this.picture()));
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.hidden = true;
  }

  picture() {
    const { videoWidth, videoHeight } = this.video;
    const part = Math.min(1, WIDE_MOST / videoWidth);
    Object.assign(this.canvas, { width: Math.round(videoWidth * part), height: Math.round(videoHeight * part) });
    const drawn = this.canvas.getContext("2d", { willReadFrequently: true });
    drawn.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return drawn.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }

  // One code in front of the camera is one scan, until it was looked for in vain for a while: a look that takes long,
  // as on a slow device, saw nothing go. `last` is the code that was read last, `gone` since when it is out of sight.
  async look(see, last = "", gone = null) {
    if (!this.stream) return;
    const code = await see().catch(() => "");
    const now = performance.now();
    if (code && this.stream && (code !== last || (gone !== null && now - gone > SAME_AGAIN_MS))) this.read(code);
    const next = code ? [code, null] : [last, gone ?? now];
    setTimeout(() => this.look(see, ...next), LOOK_EVERY_MS);
  }
}
