/** H.264 byte streams (ITU-T H.264 annex B), taken apart. */

/**
 * The NAL units of a byte stream, without start codes and the zero bytes between units.
 * @param {Buffer} bytes
 * @returns {Buffer[]}
 */
export function nalUnits(bytes) {
  const starts = [];
  for (
    let at = bytes.indexOf("\0\0\x01", 0, "latin1");
    at >= 0;
    at = bytes.indexOf("\0\0\x01", at + 3, "latin1")
  )
    starts.push(at);
  return starts.map((start, index) => {
    let end = starts[index + 1] ?? bytes.length;
    while (end > start + 3 && bytes[end - 1] === 0) end--;
    return bytes.subarray(start + 3, end);
  });
}

/** `nal_unit_type` */
export const typeOf = (unit) => unit[0] & 0x1f;

/** A unit with a slice of a picture. */
export const isSlice = (unit) => typeOf(unit) >= 1 && typeOf(unit) <= 5;
