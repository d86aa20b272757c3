// The camera as a scanner, where the browser itself reads barcodes; elsewhere it says so.
const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "itf", "code_128", "data_matrix", "qr_code"];
const LOOK_EVERY_MS = 150;
const SAME_AGAIN_MS = 1500;

export function missing() {
  if (!isSecureContext) return "The camera works only where the page is opened over HTTPS.";
  if (!("BarcodeDetector" in window)) return "This browser reads no barcodes by camera: use a scanner, or type the code.";
  return navigator.mediaDevices?.getUserMedia ? "" : "This browser gives pages no camera: use a scanner, or type the code.";
}

export class Camera {
  constructor(video, read) {
    this.video = video;
    this.read = read;
    this.stream = null;
  }

  // Raises what the browser says, as when somebody has not allowed it.
  async start() {
    const known = await BarcodeDetector.getSupportedFormats();
    const detector = new BarcodeDetector({ formats: FORMATS.filter((format) => known.includes(format)) });
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
    this.look(detector, "", 0);
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.hidden = true;
  }

  async look(detector, last, at) {
    if (!this.stream) return;
    const [found] = await detector.detect(this.video).catch(() => []);
    const code = found?.rawValue ?? "";
    // One code in front of the camera is one scan, until it was out of sight for a while.
    if (code && (code !== last || Date.now() - at > SAME_AGAIN_MS)) this.read(code);
    if (code) at = Date.now();
    setTimeout(() => this.look(detector, code || last, at), LOOK_EVERY_MS);
  }
}
