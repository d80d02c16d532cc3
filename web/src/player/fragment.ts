// Reads from MP4 bytes what the MSE player needs: the timescale, and of each fragment its start, duration, number and
// whether it begins with a keyframe. (ISO/IEC 14496-12.) The first track is the video, the second the sound, if there is one.
//
//   init segment   moov ┬ trak/mdia/mdhd (timescale)      fragment   moof ┬ mfhd (number)
//                       └ mvex/trex (sample defaults)                     └ traf ┬ tfhd (defaults)
//                                                                                ├ tfdt (decode time)
//                                                                                └ trun (samples)

const FLAG_NOT_SYNC = 0x10000;

export interface TrackTimes {
  timescale: number;
  defaultDuration: number;
  defaultFlags: number;
  /** The timescale of the sound; 0 if there is none. */
  soundTimescale: number;
}

export interface Fragment {
  /** Number of its first frame. A gap means that this viewer skipped frames. */
  number: number;
  /** Decode time of the first sample, seconds of media time. */
  start: number;
  end: number;
  /** PTS minus DTS of the first sample in seconds; not 0 with B frames. */
  offset: number;
  samples: number;
  /** Begins with a keyframe. */
  key: boolean;
  /** Of the sound, whose numbers count for themselves. */
  isSound: boolean;
}

/** Number of the track of sound in fragments (docs/http-api.md). */
const SOUND_TRACK = 2;

/** Reads an init segment; null if the bytes are something else. */
export function readInitSegment(bytes: ArrayBuffer): TrackTimes | null {
  const moov = find(new DataView(bytes), 'moov');
  const [timescale = 0, soundTimescale = 0] = moov ? findAll(moov, 'trak').map(timescaleOf) : [];
  if (!moov || timescale === 0) return null;
  const trex = find(moov, 'mvex', 'trex');
  const [defaultDuration, defaultFlags] = trex ? [trex.getUint32(12), trex.getUint32(20)] : [0, 0];
  return { timescale, defaultDuration, defaultFlags, soundTimescale };
}

function timescaleOf(trak: DataView): number {
  const mdhd = find(trak, 'mdia', 'mdhd');
  return mdhd ? mdhd.getUint32(mdhd.getUint8(0) === 1 ? 20 : 12) : 0;
}

/** Reads a fragment; null if the bytes are something else. */
export function readFragment(bytes: ArrayBuffer, times: TrackTimes): Fragment | null {
  const moof = find(new DataView(bytes), 'moof');
  const traf = moof && find(moof, 'traf');
  const [mfhd, tfhd, tfdt, trun] = [
    moof && find(moof, 'mfhd'),
    ...['tfhd', 'tfdt', 'trun'].map((box) => traf && find(traf, box)),
  ];
  if (!mfhd || !tfhd || !tfdt || !trun) return null;
  const defaults = readTfhd(tfhd, times);
  const decodeTime =
    tfdt.getUint8(0) === 1 ? tfdt.getUint32(4) * 2 ** 32 + tfdt.getUint32(8) : tfdt.getUint32(4);
  const run = readTrun(trun, defaults.duration, defaults.flags);
  const isSound = times.soundTimescale > 0 && tfhd.getUint32(4) === SOUND_TRACK;
  const timescale = isSound ? times.soundTimescale : times.timescale;
  const start = decodeTime / timescale;
  const end = (decodeTime + run.duration) / timescale;
  const key = (run.firstFlags & FLAG_NOT_SYNC) === 0;
  return {
    number: mfhd.getUint32(4),
    start,
    end,
    offset: run.firstOffset / timescale,
    samples: run.samples,
    key,
    isSound,
  };
}

/**
 * Seconds of buffered video that a player needs, at most, until the next fragment is there: the fragment's own duration.
 * With B frames the decoder keeps back as many frames as it reorders, so it is the time from the decoding of the first
 * frame, which is shown after the B frames behind it, to the end of its picture.
 */
export function waitFor({ start, end, offset, samples }: Fragment): number {
  return Math.max(end - start, offset + (end - start) / samples);
}

function readTfhd(box: DataView, times: TrackTimes): { duration: number; flags: number } {
  const present = box.getUint32(0) & 0xffffff;
  let at = 8;
  if (present & 0x01) at += 8;
  if (present & 0x02) at += 4;
  const duration = present & 0x08 ? box.getUint32(at) : times.defaultDuration;
  if (present & 0x08) at += 4;
  if (present & 0x10) at += 4;
  return { duration, flags: present & 0x20 ? box.getUint32(at) : times.defaultFlags };
}

function readTrun(box: DataView, defaultDuration: number, defaultFlags: number) {
  const present = box.getUint32(0) & 0xffffff;
  const samples = box.getUint32(4);
  let at = 8;
  if (present & 0x001) at += 4;
  let firstFlags = present & 0x004 ? box.getUint32(at) : null;
  if (present & 0x004) at += 4;
  let duration = present & 0x100 ? 0 : samples * defaultDuration;
  let firstOffset: number | null = null;
  for (let sample = 0; sample < samples; sample++) {
    if (present & 0x100) duration += box.getUint32(at);
    if (present & 0x100) at += 4;
    if (present & 0x200) at += 4;
    if (present & 0x400) firstFlags ??= box.getUint32(at);
    if (present & 0x400) at += 4;
    if (present & 0x800) firstOffset ??= box.getUint8(0) === 1 ? box.getInt32(at) : box.getUint32(at);
    if (present & 0x800) at += 4;
  }
  return { samples, duration, firstFlags: firstFlags ?? defaultFlags, firstOffset: firstOffset ?? 0 };
}

/** The content of the first box at the path. */
function find(parent: DataView, ...path: string[]): DataView | null {
  const [type, ...rest] = path;
  if (type === undefined) return parent;
  const [first] = findAll(parent, type);
  return first ? find(first, ...rest) : null;
}

/** The contents of the boxes of a type. */
function findAll(parent: DataView, type: string): DataView[] {
  const found: DataView[] = [];
  for (let at = 0; at + 8 <= parent.byteLength;) {
    const size = parent.getUint32(at);
    if (size < 8 || at + size > parent.byteLength) break;
    if (fourCc(parent, at + 4) === type)
      found.push(new DataView(parent.buffer, parent.byteOffset + at + 8, size - 8));
    at += size;
  }
  return found;
}

function fourCc(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}
