// The colours of a stream as a VideoColorSpace of WebCodecs. Pure.
//
// Where a stream declares its colours in part or not at all, each browser guesses in its own way. So the page states
// what the server assumes. The primaries are those that usually go with the matrix; no primaries are converted.

import type { Colours } from '../wire/message';

export function colorSpaceOf({ matrix, fullRange }: Colours): VideoColorSpaceInit {
  if (matrix === 'bt601')
    return { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m', fullRange };
  if (matrix === 'bt709') return { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange };
  return {
    primaries: 'bt709',
    transfer: 'bt709',
    matrix: 'bt2020-ncl' as VideoMatrixCoefficients,
    fullRange,
  };
}
