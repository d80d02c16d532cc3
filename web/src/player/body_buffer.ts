// The bytes of an endless body that a splitter has not taken yet. It grows as it needs to; splitters bound what they wait for.

export class BodyBuffer {
  /** Room; its first `length` bytes are those that wait. */
  bytes = new Uint8Array(64 * 1024);
  length = 0;

  append(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(piece, this.length);
    this.length = needed;
  }

  /** Removes `count` bytes from the front. */
  drop(count: number): void {
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }
}
