// Keeps the files of the page, so that it works without a network once it was loaded.
const NAME = "swarmlab";

self.addEventListener("install", (event) => {
  const keep = async () => {
    const list = await (await fetch("./files.json", { cache: "no-store" })).json();
    const cache = await caches.open(NAME);
    await cache.addAll(list.files);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const cache = await caches.open(NAME);
    const list = await (await fetch("./files.json", { cache: "no-store" })).json();
    const wanted = new Set(list.files.map((file) => new URL(file, self.registration.scope).href));
    for (const request of await cache.keys()) {
      if (!wanted.has(request.url)) await cache.delete(request);
    }
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

// The page itself from the network if there is one; all else has a name that tells its content.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  const answer = async () => {
    const cache = await caches.open(NAME);
    if (request.mode !== "navigate") {
      const kept = await cache.match(request, { ignoreVary: true });
      if (kept) return kept;
    }
    try {
      const fresh = await fetch(request);
      if (fresh.ok) await cache.put(request, fresh.clone());
      return fresh;
    } catch (error) {
      const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
      if (kept) return kept;
      throw error;
    }
  };
  event.respondWith(answer());
});
