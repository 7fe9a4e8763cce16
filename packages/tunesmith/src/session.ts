import {
  placeModel,
  type Model,
  type PlacedModel,
  type PrecisionName,
  type Tokenizer,
} from '@tunesmith/models';
import type { Adapter } from '@tunesmith/peft';
import type { DownloadProgress } from '@tunesmith/models/node';
import type { Device } from '@tunesmith/runtime';
import { TunesmithError, type Files, type Registry } from '@tunesmith/schema';
import type { Placing } from './train/precision.ts';

/**
 * Hears what begins now, in words: `reading rows.jsonl`. A person who waits wants to know it. Of a download it hears ever again how
 * far it is.
 */
export type WorkListener = (what: string, progress?: DownloadProgress) => void;

/** Something a person should know. */
export interface Warning {
  /** A stable name for programs. */
  code: string;
  message: string;
}

/** A model on a device, with everything around it. {@link Session.close} frees the device. */
export interface Session {
  registry: Registry;
  /** The files of a folder by its path. */
  folder: (path: string) => Files;
  device: Device;
  model: Model;
  /** Absent where the model's folder has no tokenizer: then only tokenized data can be used. */
  tokenizer: Tokenizer | undefined;
  adapters: readonly Adapter[];
  /** The model on the device, for whoever needs it there. */
  placement: Placement;
  close(): Promise<void>;
}

/** A model's place on a device: taken when it is first asked for, and shared. */
export interface Placement {
  /** What the weights lie there in. */
  readonly precision: PrecisionName;
  /** The placed model. It belongs to the placement: nobody else disposes it. */
  get(): Promise<PlacedModel>;
  /** Gives the device's memory back; whoever asks later has the model placed again. */
  release(): Promise<void>;
}

/** A place for a model on a device, in float32, or as `placing` makes it when it is needed; nothing is read yet. */
export function placementOf(model: Model, device: Device, placing?: Placing): Placement {
  let placed: Promise<PlacedModel> | undefined;
  const place = async (): Promise<PlacedModel> =>
    placeModel(model, device, placing ? { precision: await placing.make() } : {});
  return {
    precision: placing?.name ?? 'float32',
    get: () => (placed ??= place()),
    async release() {
      const held = placed;
      placed = undefined;
      (await held?.catch(() => undefined))?.dispose();
    },
  };
}

/** The session's tokenizer. @throws TunesmithError `no-tokenizer` where the model came without one */
export function requireTokenizer(session: Session): Tokenizer {
  if (session.tokenizer) return session.tokenizer;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'no-tokenizer',
    message: `the model in ${session.model.files?.locate() ?? 'memory'} has no tokenizer`,
    value: session.model.files?.locate(),
    accepted:
      'a folder with tokenizer.json, a GGUF file with its vocabulary, or data of format tokenized',
  });
}
