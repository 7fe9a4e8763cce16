import type { WrittenValue } from './write-gguf.ts';

/** Where a file's model or adapter comes from, as its metadata says it. */
export interface GgufOrigin {
  /** `general.name`. */
  readonly title?: string;
  /** The model that it was made from, as people name it. */
  readonly base?: string;
  /** The base's name on the Hugging Face hub, where it has one: `organization/name`. */
  readonly baseOnHub?: string;
  /** The license that the base states, as the hub calls it: `apache-2.0`. */
  readonly license?: string;
  /** How it was made, on what, and with which scores: Markdown. */
  readonly description?: string;
}

/**
 * The keys of an origin.
 *
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function originMetadata(origin: GgufOrigin): Map<string, WrittenValue> {
  const { base, baseOnHub, license, description } = origin;
  const metadata = new Map<string, WrittenValue>();
  const put = (key: string, value: string | undefined): void => {
    if (value !== undefined) metadata.set(`general.${key}`, { type: 'string', value });
  };
  put('description', description);
  put('license', license);
  if (base !== undefined) {
    metadata.set('general.base_model.count', { type: 'uint32', value: 1 });
    const [organization, name] = baseOnHub?.split('/') ?? [];
    put('base_model.0.name', name ?? base);
    put('base_model.0.organization', organization);
    put(
      'base_model.0.repo_url',
      baseOnHub === undefined ? undefined : `https://huggingface.co/${baseOnHub}`,
    );
  }
  metadata.set('general.tags', { list: 'string', values: ['tunesmith'] });
  return metadata;
}
