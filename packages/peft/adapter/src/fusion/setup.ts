import { showValue, TunesmithError, validate } from '@tunesmith/schema';
import type { AdapterFiles, AdapterLayout, LayoutFiles } from '@tunesmith/peft';

const owner = '@tunesmith/adapter';
const setupFile = 'adapter_setup.json';
const version = 'adapters.1.3.0';
/** AdapterHub's weight of the regularization, where a fusion has it. */
const hubRegularization = 0.01;

const memberFiles = { config: 'adapter_config.json', tensors: 'adapter.safetensors' } as const;
const fusionFilesOf = {
  config: 'adapter_fusion_config.json',
  tensors: 'model_adapter_fusion.safetensors',
} as const;

type Json = Readonly<Record<string, unknown>>;

/**
 * A fusion as AdapterHub's `save_adapter_setup` arranges it: `adapter_setup.json` with `{ type: Fuse, children }`, a folder of each
 * adapter, and a folder named by all of them, `a,b`, of the attention over them.
 *
 * @param format what the format's own configuration says that it is
 */
export function fusionSetup(format: { format: string; format_version: number }): AdapterLayout {
  return {
    configFile: setupFile,
    recognizes: (config) => typeOf(config['adapter_setup']) === 'Fuse',
    parts: (config) => {
      const names = membersIn(config);
      return [
        ...names.flatMap((name) => Object.values(memberFiles).map((file) => `${name}/${file}`)),
        ...Object.values(fusionFilesOf).map((file) => `${names.join()}/${file}`),
      ];
    },
    gather: ({ json, tensors }) => {
      const names = membersIn(json[setupFile]!);
      const fusion = json[`${names.join()}/${fusionFilesOf.config}`]!;
      return {
        config: {
          ...format,
          adapters: names.map((name) => ({
            name,
            config: json[`${name}/${memberFiles.config}`]!['config'],
          })),
          config: ownFusion(fusion['config']),
          hidden_size: fusion['hidden_size'],
          model_name: fusion['model_name'] ?? null,
          model_type: fusion['model_type'],
          name: names.join(),
        },
        tensors: Object.assign({}, ...Object.values(tensors)) as AdapterFiles['tensors'],
      };
    },
    spread,
  };
}

/** Names of the adapters that a setup mixes. @throws TunesmithError `unsupported-option` for what a fusion here does not do */
function membersIn({ adapter_setup: setup, head_setup: head = null }: Json): string[] {
  const { children } = validate<{ children: readonly { children: readonly [string] }[] }>(
    setupSchema,
    setup,
    { package: owner, what: 'adapter setup', file: setupFile },
  );
  if (head === null) return children.map(({ children: [name] }) => name);
  throw new TunesmithError({
    package: owner,
    code: 'unsupported-option',
    message: `${setupFile} has heads (head_setup is ${showValue(head)}), which are not supported`,
    value: head,
    accepted: 'null',
  });
}

const setupSchema = {
  type: 'object',
  required: ['type', 'children'],
  properties: {
    type: { const: 'Fuse' },
    children: {
      type: 'array',
      minItems: 2,
      items: {
        type: 'object',
        required: ['type', 'children'],
        properties: {
          type: { const: 'single' },
          children: {
            type: 'array',
            minItems: 1,
            maxItems: 1,
            items: { type: 'string', pattern: '^[A-Za-z0-9_-]+$' },
          },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
} as const;

function typeOf(setup: unknown): unknown {
  return typeof setup === 'object' && setup !== null ? (setup as Json)['type'] : undefined;
}

/** AdapterHub says only whether there is a regularization, and null for no dropout. */
function ownFusion(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options;
  const {
    regularization,
    dropout_prob: dropout,
    value_initialized: start,
    ...others
  } = options as Json;
  return {
    ...others,
    dropout_prob: dropout ?? 0,
    regularization:
      typeof regularization === 'boolean'
        ? regularization
          ? hubRegularization
          : 0
        : regularization,
    value_initialized: start === true || start === 'True',
  };
}

function isRegularized(weight: unknown): boolean {
  return weight !== 0 && (weight as { pythonFloat?: number }).pythonFloat !== 0;
}

function spread({ config, tensors }: Pick<AdapterFiles, 'config' | 'tensors'>): LayoutFiles {
  const {
    adapters,
    config: fusion,
    format: _,
    format_version: __,
    ...facts
  } = config as Json & {
    adapters: readonly { name: string; config: Json }[];
    config: Json;
  };
  const names = adapters.map(({ name }) => name);
  const of = (infix: string) =>
    Object.fromEntries(Object.entries(tensors).filter(([key]) => key.includes(infix)));
  const members = adapters.map(
    (member) =>
      [
        `${member.name}/${memberFiles.config}`,
        { ...facts, model_class: null, name: member.name, config: member.config, version },
      ] as const,
  );
  const folder = names.join();
  return {
    json: {
      ...Object.fromEntries(members),
      [`${folder}/${fusionFilesOf.config}`]: {
        ...facts,
        model_class: null,
        name: folder,
        adapter_names: names,
        config: { ...fusion, regularization: isRegularized(fusion['regularization']) },
        version,
      },
      [setupFile]: {
        adapter_setup: {
          type: 'Fuse',
          children: names.map((name) => ({ type: 'single', children: [name] })),
        },
        head_setup: null,
        version,
      },
    },
    tensors: {
      ...Object.fromEntries(
        names.map((name) => [`${name}/${memberFiles.tensors}`, of(`.adapters.${name}.`)]),
      ),
      [`${folder}/${fusionFilesOf.tensors}`]: of('.adapter_fusion_layer.'),
    },
  };
}
