// Right and wrong by sound, touch and colour, so that nobody has to look at every scan.
const NOTES = { right: [[880, 0.09]], wrong: [[190, 0.18], [150, 0.3]], kept: [[520, 0.07]] };
let context = null;

// Browsers make no sound before somebody has touched the page.
for (const kind of ["keydown", "pointerdown"]) {
  addEventListener(kind, () => {
    context ??= window.AudioContext ? new AudioContext() : null;
    if (context?.state === "suspended") context.resume();
  }, { capture: true });
}

export function signal(tone) {
  navigator.vibrate?.(tone === "wrong" ? [120, 60, 120] : 30);
  if (context?.state !== "running") return;
  let at = context.currentTime;
  for (const [pitch, length] of NOTES[tone] ?? []) {
    const note = context.createOscillator();
    const loud = context.createGain();
    note.type = tone === "wrong" ? "square" : "sine";
    note.frequency.value = pitch;
    loud.gain.setValueAtTime(0.25, at);
    loud.gain.exponentialRampToValueAtTime(0.001, at + length);
    note.connect(loud).connect(context.destination);
    note.start(at);
    note.stop(at + length);
    at += length;
  }
}
