import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelSpec } from '@tunesmith/models';
import { endingsOfRoles, lookupPattern, selectLinearSites, sortedPattern } from './targets.ts';
import type { TargetChoice } from './targets.ts';
import { baseModel } from './test-support/base-models.ts';

let llama: ModelSpec;
let gpt2: ModelSpec;
beforeAll(async () => {
  llama = (await baseModel('llama')).spec;
  gpt2 = (await baseModel('gpt2')).spec;
});

const names = (choice: TargetChoice, model = llama): string[] =>
  selectLinearSites('@tunesmith/lora', model, choice).map((site) => site.name);

describe('selectLinearSites', () => {
  it('takes names by their last parts', () => {
    expect(names({ targets: ['v_proj', 'self_attn.q_proj'] })).toEqual([
      'model.layers.0.self_attn.q_proj',
      'model.layers.0.self_attn.v_proj',
      'model.layers.1.self_attn.q_proj',
      'model.layers.1.self_attn.v_proj',
    ]);
  });

  it('does not take a name that only ends in the same letters', () => {
    expect(() => names({ targets: ['proj'] })).toThrow('target "proj" matches no linear map');
    expect(names({ targets: ['c_proj'] }, gpt2)).toHaveLength(4);
    expect(names({ targets: ['mlp.c_proj'] }, gpt2)).toHaveLength(2);
  });

  it('reads one string as an expression for the whole name', () => {
    expect(names({ targets: String.raw`.*\.1\..*(q|k)_proj` })).toEqual([
      'model.layers.1.self_attn.q_proj',
      'model.layers.1.self_attn.k_proj',
    ]);
    expect(() => names({ targets: 'q_proj' })).toThrow('"q_proj" matches no linear map in full');
    expect(() => names({ targets: '(' })).toThrow('"(" is not a regular expression');
  });

  it('reads an expression as Python does, and refuses what Python refuses', () => {
    expect(names({ targets: String.raw`(?i).*\.1\..*(?P<map>Q|K)_PROJ` })).toHaveLength(2);
    expect(names({ targets: String.raw`\A.*\.(?:q|k)_proj\Z` })).toHaveLength(4);
    expect(names({ targets: String.raw`.*_attn\..{,1}proj|lm_head` })).toEqual(['lm_head']);
    expect(names({ targets: ['q_proj'], layers: [1], layersPattern: '(?:layers|h)' })).toHaveLength(
      1,
    );
    for (const source of [String.raw`.*q_proj\z`, '.*(?<map>q)_proj', '.*q_proj(?i)', '.*q_proj**'])
      expect(() => names({ targets: source })).toThrow(
        'is not a regular expression that can be used',
      );
  });

  it('has the endings of the maps of some roles', () => {
    expect(endingsOfRoles('test', llama, ['query', 'value'])).toEqual(['q_proj', 'v_proj']);
    // c_proj leads out of the feed-forward part too
    expect(endingsOfRoles('test', gpt2, ['query_key_value', 'output'])).toEqual([
      'c_attn',
      'transformer.h.0.attn.c_proj',
      'transformer.h.1.attn.c_proj',
    ]);
    expect(() => endingsOfRoles('test', gpt2, ['query', 'router'])).toThrow(
      'this model (gpt2) has no map of the roles query, router',
    );
  });

  it('stops at an expression that takes for ever', () => {
    expect(() => names({ targets: '([a-z._0-9]+)+X' })).toThrow(
      /the regular expression "\(\[a-z\._0-9\]\+\)\+X" takes more than \d+ steps/,
    );
    expect(() => names({ targets: 'all-linear', exclude: '([a-z._0-9]+)+X' })).toThrow('steps');
  });

  it("takes every map but the head for 'all-linear'", () => {
    expect(names({ targets: 'all-linear' })).toHaveLength(14);
    expect(names({ targets: 'all-linear' })).not.toContain('lm_head');
    expect(names({ targets: ['lm_head'] })).toEqual(['lm_head']);
  });

  it('leaves out exclusions and other layers', () => {
    expect(
      names({ targets: 'all-linear', exclude: ['gate_proj', 'layers.0.mlp.up_proj'] }),
    ).toHaveLength(11);
    expect(names({ targets: 'all-linear', exclude: String.raw`.*\.mlp\..*` })).toHaveLength(8);
    expect(names({ targets: ['q_proj'], layers: [1] })).toEqual([
      'model.layers.1.self_attn.q_proj',
    ]);
    expect(names({ targets: ['q_proj'], layers: [0], layersPattern: 'layers' })).toEqual([
      'model.layers.0.self_attn.q_proj',
    ]);
    expect(() => names({ targets: ['q_proj'], layers: [7] })).toThrow('leave none');
  });

  it('names the nearest map for a target that matches nothing, even among others that do', () => {
    expect(() => names({ targets: ['v_proj', 'q_porj'] })).toThrow(
      '[@tunesmith/lora] target "q_porj" matches no linear map; nearest: "q_proj"; accepted: q_proj, k_proj, v_proj',
    );
  });

  it('says what a target is that is no linear map', () => {
    expect(() => names({ targets: ['embed_tokens'] })).toThrow(
      'target "embed_tokens" is the embedding "model.embed_tokens", not a linear map',
    );
  });

  it('refuses an empty list, and an expression together with layers', () => {
    expect(() => names({ targets: [] })).toThrow('the list of targets is empty');
    expect(() => names({ targets: '.*q_proj', layers: [0] })).toThrow(
      'cannot be combined with a choice of layers',
    );
  });
});

describe('lookupPattern', () => {
  it('matches the whole name or its end after a dot, and takes the first entry that does', () => {
    const table = { 'layers.1.self_attn.q_proj': 1, q_proj: 2, '^model.*v_proj': 3, proj: 4 };
    expect(lookupPattern('x', table, 'model.layers.1.self_attn.q_proj')).toBe(1);
    expect(lookupPattern('x', table, 'model.layers.0.self_attn.q_proj')).toBe(2);
    expect(lookupPattern('x', table, 'model.layers.0.self_attn.v_proj')).toBe(3);
    expect(lookupPattern('x', table, 'model.layers.0.self_attn.k_proj')).toBeUndefined();
  });

  it('names the key of an expression that cannot be read, or takes for ever', () => {
    expect(() => lookupPattern('x', { '(q': 1 }, 'a.q')).toThrow(
      '"(q" is not a regular expression',
    );
    expect(() =>
      lookupPattern('x', { '([a-z._0-9]+)+X': 1 }, 'model.layers.0.self_attn.q_proj'),
    ).toThrow('the regular expression "([a-z._0-9]+)+X" takes more than');
  });
});

describe('sortedPattern', () => {
  const sites = ['m.0.q_proj', 'm.0.v_proj', 'm.1.q_proj'];

  it('leaves a table whose keys may be sorted as it is', () => {
    const table = { v_proj: 2, q_proj: 1 };
    expect(sortedPattern('x', table, sites)).toBe(table);
  });

  it('names each site in full where the order of overlapping keys counts', () => {
    const table = { q_proj: 1, '0.q_proj': 2, '.*': 3 };
    const stored = sortedPattern('x', table, sites);
    expect(stored).toEqual({ '^m\\.0\\.q_proj': 1, '^m\\.0\\.v_proj': 3, '^m\\.1\\.q_proj': 1 });
    for (const site of sites)
      expect(lookupPattern('x', stored, site)).toBe(lookupPattern('x', table, site));
  });
});
