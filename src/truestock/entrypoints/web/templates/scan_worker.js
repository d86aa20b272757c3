// Keeps the counting page on the device, so that it opens without a connection; answers of the hub are never kept.
"use strict";
const KEPT = "count-{{ version }}";
const PAGE = "/scan";
const FILES = {{ files | tojson }};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([PAGE, ...FILES])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(
    names.filter((name) => name.startsWith("count-") && name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname === PAGE) event.respondWith(newest(event.request));
  else if (FILES.includes(pathname)) event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(event.request)));
});

// The hub's page where it answers, else the one that is kept.
async function newest(request) {
  try {
    const found = await fetch(request);
    if (found.ok) return found;
  } catch { /* no connection: the page that is kept */ }
  return await caches.match(PAGE) ?? Response.error();
}
