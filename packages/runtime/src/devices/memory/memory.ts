import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { OutsideNumbers } from '../../graph/hand-over.ts';
import type { GraphSession } from '../../graph/session.ts';
import type { DeviceTensor, HostTensor, LateTensor, TensorSpec } from '../../tensor.ts';

/** A feed as a session takes it, borrowed for one call. */
export interface Borrowed {
  /** Where a session reads it. A late tensor is read then. */
  tensor(): OrtTensor | Promise<OrtTensor>;
  /** Ends the loan: from now on the memory may be used again. */
  done(): void;
}

/** How a session is run. */
export interface RunOptions {
  /** Feeds that outputs of the same name may be written over; they are the caller's to dispose when it is done. */
  readonly overwritten: Readonly<Record<string, DeviceTensor | HostTensor>>;
  /** Whether the run takes much memory. */
  readonly isLarge: boolean;
}

/** Where the tensors of a compiled device are kept between calls. */
export interface Memory {
  /** ONNX Runtime's word for the place where sessions shall leave their outputs. */
  readonly location: 'cpu' | 'gpu-buffer';
  /** {@link Device.upload}, of a tensor that was checked unless it is late. */
  upload(host: HostTensor | LateTensor): DeviceTensor;
  /** {@link Device.read} */
  read(handle: DeviceTensor): Promise<HostTensor>;
  /** {@link Device.writeRows}, of rows that fit. */
  writeRows(target: DeviceTensor, firstRow: number, rows: DeviceTensor | HostTensor): Promise<void>;
  /**
   * @param what how errors call the feed
   * @throws TunesmithError `invalid-feed` or `disposed-tensor`
   */
  borrow(what: string, feed: DeviceTensor | HostTensor): Borrowed;
  /** The numbers of a tensor where they are in main memory: its own, or those of a late one, which are read for this and not kept. */
  numbersOf(what: string, handle: DeviceTensor): OutsideNumbers | undefined;
  /**
   * Runs a session and keeps its outputs. Those without elements are made without it; where there are no others there is none.
   *
   * @param outputs those that the caller wants
   */
  run(
    session: GraphSession | undefined,
    feeds: Readonly<Record<string, OrtTensor>>,
    outputs: Readonly<Record<string, TensorSpec>>,
    options: RunOptions,
  ): Promise<Record<string, DeviceTensor>>;
  /** Frees every tensor. */
  close(): Promise<void>;
}
