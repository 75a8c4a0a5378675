// The copy of the driver's day: where it lies, what it is made of, and how it is thrown away. For the page and its worker.
export const DAY = "kontor-day";
export const LOOK = "kontor-look";
export const OLDEST = 16 * 3600 * 1000;
const HEADERS = ["Content-Type", "Content-Security-Policy", "Referrer-Policy", "Cross-Origin-Opener-Policy", "X-Content-Type-Options", "X-Reader"];

// The page as it came, with whose it is and when it came.
export function copyOf(words, from, at) {
  const headers = new Headers(HEADERS.filter((name) => from.has(name)).map((name) => [name, from.get(name)]));
  headers.set("X-Kept", at.toISOString());
  return new Response(words, { headers });
}

export const forget = () => caches.delete(DAY);
