// Types of the classic players' libraries, as far as they are used. None of the libraries has its own.

declare module 'tinyh264/es/TinyH264' {
  export interface TinyH264Module {
    _free(pointer: number): void;
  }
  export default function createModule(): Promise<TinyH264Module>;
}

declare module 'tinyh264/es/TinyH264Decoder' {
  import type { TinyH264Module } from 'tinyh264/es/TinyH264';
  export default class TinyH264Decoder {
    constructor(
      module: TinyH264Module,
      pictureReady: (planes: Uint8Array, width: number, height: number) => void,
    );
    /** One access unit, Annex B, of at most 1 MiB. */
    decode(unit: Uint8Array): void;
    /** Frees everything except `_decBuffer`. */
    release(): void;
    readonly _decBuffer: number;
  }
}

declare module 'jmuxer' {
  export interface JMuxerOptions {
    node: HTMLVideoElement;
    mode: 'video';
    flushingTime: number;
    maxDelay?: number;
    fps?: number;
    /** The media source is open. */
    onReady?(): void;
    onError?(error: { name?: string; error?: string }): void;
    onUnsupportedCodec?(codec: string): void;
  }
  export default class JMuxer {
    constructor(options: JMuxerOptions);
    feed(data: { video: Uint8Array; duration?: number }): void;
    destroy(): void;
  }
}

declare module '@cycjimmy/jsmpeg-player' {
  export interface Renderer {
    resize(width: number, height: number): void;
    /** The planes belong to the decoder and are valid until it decodes again. */
    render(y: Uint8Array, cr: Uint8Array, cb: Uint8Array): void;
  }
  export interface WasmModule {
    readonly ready: boolean;
    loadFromBuffer(buffer: ArrayBuffer, loaded: (module: WasmModule | null) => void): void;
  }
  export interface Decoder {
    connect(renderer: Renderer): void;
    /** Decodes one picture; false if there is none. */
    decode(): boolean;
    destroy(): void;
  }
  export interface TransportStream {
    connect(streamId: number, decoder: Decoder): void;
    write(bytes: ArrayBuffer): void;
  }
  const JSMpeg: {
    Demuxer: { TS: new (options: object) => TransportStream };
    Decoder: {
      MPEG1VideoWASM: new (options: {
        streaming: boolean;
        wasmModule: WasmModule;
        videoBufferSize: number;
        decodeFirstFrame: boolean;
      }) => Decoder;
    };
    WASMModule: new () => WasmModule;
    WASM_BINARY_INLINED: string;
    Base64ToArrayBuffer(base64: string): ArrayBuffer;
  };
  export default JSMpeg;
}
