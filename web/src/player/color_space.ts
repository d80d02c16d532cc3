// What a stream's samples mean, in the words of WebCodecs. Pure.
//
// Browsers go by the stream where it says all; where it says a part or nothing they guess, each in its own way. So they
// are told what the server takes it for. No primaries are converted: those that go with the matrix are named.

import type { Colours } from '../wire/message';

export function colorSpaceOf({ matrix, fullRange }: Colours): VideoColorSpaceInit {
  if (matrix === 'bt601') return { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m', fullRange };
  if (matrix === 'bt709') return { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange };
  return { primaries: 'bt709', transfer: 'bt709', matrix: 'bt2020-ncl' as VideoMatrixCoefficients, fullRange };
}
