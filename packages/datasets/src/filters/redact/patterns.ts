/** Something private in a text. */
export interface Finding {
  readonly kind: SecretKind;
  readonly start: number;
  readonly end: number;
}

/** What can be found, in the order in which it is looked for: what is found first is not looked at again. */
export const secretKinds = ['key', 'email', 'card', 'ip', 'phone'] as const;

/** A kind of secret or personal data. */
export type SecretKind = (typeof secretKinds)[number];

// Every repetition below is bounded or followed by a character that it cannot take, and none is nested: the time is a constant
// for each character of the text.
const patterns: Readonly<Record<SecretKind, readonly RegExp[]>> = {
  key: [
    /-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----[^-]{1,8000}-----END (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----/g,
    /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
    /\bgh[pousr]_[0-9A-Za-z]{36,255}\b/g,
    /\bgithub_pat_[0-9A-Za-z_]{22,255}\b/g,
    /\bglpat-[0-9A-Za-z_-]{20,64}/g,
    /\bhf_[0-9A-Za-z]{30,64}\b/g,
    /\bnpm_[0-9A-Za-z]{36}\b/g,
    /\bsk-(?:proj-|ant-|or-)?[0-9A-Za-z_-]{20,255}/g,
    /\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,255}\b/g,
    /\bxox[abeoprs]-[0-9A-Za-z-]{10,255}/g,
    /\bAIza[0-9A-Za-z_-]{35}/g,
    /\bSG\.[0-9A-Za-z_-]{16,64}\.[0-9A-Za-z_-]{16,64}/g,
    /\beyJ[0-9A-Za-z_-]{10,2000}\.eyJ[0-9A-Za-z_-]{10,4000}\.[0-9A-Za-z_-]{10,1000}/g,
  ],
  email: [
    /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}])/gu,
  ],
  card: [/(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d]|\.\d)/g],
  ip: [
    /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)/g,
    /(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])/g,
  ],
  phone: [
    /(?<![\w.])\+\d(?:[ .()-]{0,2}\d){7,14}(?!\w)/g,
    /(?<![\w.])\(\d{3}\) ?\d{3}[ .-]\d{4}(?!\w)/g,
    /(?<![\w.-])\d{3}([ .-])\d{3}\1\d{4}(?![\w-])/g,
  ],
};

const holds: Readonly<Partial<Record<SecretKind, (text: string) => boolean>>> = {
  card: isCard,
  ip: isAddress,
  phone: (text) => {
    const { length } = text.replaceAll(/\D/g, '');
    return length >= 8 && length <= 15;
  },
};

/** Secrets and personal data of a text, by place; none overlaps another. */
export function findSecrets(text: string, kinds: readonly SecretKind[]): Finding[] {
  const found: Finding[] = [];
  const taken = new Uint8Array(text.length);
  for (const kind of secretKinds.filter((one) => kinds.includes(one))) {
    for (const pattern of patterns[kind]) {
      for (const match of text.matchAll(pattern)) {
        const [start, end] = [match.index, match.index + match[0].length];
        if (taken.subarray(start, end).includes(1)) continue;
        if (!(holds[kind]?.(match[0]) ?? true)) continue;
        found.push({ kind, start, end });
        taken.fill(1, start, end);
      }
    }
  }
  return found.toSorted((a, b) => a.start - b.start);
}

/** Whether digits pass Luhn's check, as the numbers of cards do: 13 to 19 digits, not all alike. */
export function isCard(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  if (digits.length < 13 || digits.length > 19 || /^(\d)\1*$/.test(digits)) return false;
  let sum = 0;
  for (const [place, digit] of [...digits].toReversed().entries()) {
    const doubled = Number(digit) * (1 + (place % 2));
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** IPv4 with parts up to 255; IPv6 with eight parts, or fewer around one `::`. */
function isAddress(text: string): boolean {
  if (text.includes('.')) return text.split('.').every((part) => Number(part) <= 255);
  const halves = text.split('::');
  const parts = text.split(':').filter((part) => part !== '').length;
  return halves.length === 2 ? parts >= 2 && parts < 8 : halves.length === 1 && parts === 8;
}
