// Helpers for the page's WebSockets: their addresses, and how to close one without further events.

/** A handshake that takes longer hangs. */
const HANDSHAKE_LIMIT_MS = 4000;

/** The address of a WebSocket in a camera's tree. */
export function socketAddress(path: string, base: URL): string {
  const address = new URL(path, base);
  address.protocol = address.protocol.replace('http', 'ws');
  return address.href;
}

/** The same address for a plain request, whose answer a page can read; that of a failed handshake it cannot. */
export function plainAddress(socketAddress: string): string {
  return socketAddress.replace(/^ws/, 'http');
}

/** Removes all listeners. */
export function unlisten(socket: WebSocket): void {
  socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
}

/** Closes a socket at once: whatever the server would send it is too much for the link. */
export function breakOff(socket: WebSocket): void {
  unlisten(socket);
  socket.close();
}

/**
 * Closes a socket and ignores whatever it still receives. One that is still connecting is closed as soon as it has connected,
 * since browsers log a warning when a handshake is broken off; one that hangs is broken off all the same.
 */
export function closeSilently(socket: WebSocket): void {
  unlisten(socket);
  if (socket.readyState !== WebSocket.CONNECTING) return socket.close();
  const timer = setTimeout(() => socket.close(), HANDSHAKE_LIMIT_MS);
  socket.onopen = () => {
    clearTimeout(timer);
    socket.close();
  };
}
