import type { FindPlaces, Place } from './expression.ts';

/** The scripts of Unicode 10, as JavaScript names them; what is of another one goes with any. */
const scriptNames =
  'Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Duployan Egyptian_Hieroglyphs Elbasan Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li Kharoshthi Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Malayalam Mandaic Manichaean Marchen Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean New_Tai_Lue Newa Nko Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_South_Arabian Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sora_Sompeng Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Ugaritic Vai Warang_Citi Yi';

let scripts: readonly (readonly [string, RegExp])[] | undefined;
const known = new Map<string, string>();

/** The script of a character: Japanese syllables count as Han; blanks and characters of no script go with any. */
function scriptOf(character: string): string {
  const found = known.get(character);
  if (found !== undefined) return found;
  scripts ??= scriptNames
    .split(' ')
    .map((name) => [name, new RegExp(`^\\p{Script=${name}}`, 'u')] as const);
  const name = scripts.find(([, of]) => of.test(character))?.[0] ?? 'any';
  const isHan = name === 'Hiragana' || name === 'Katakana' || character === 'ー';
  const script = character === ' ' ? 'any' : isHan ? 'Han' : name;
  known.set(character, script);
  return script;
}

/**
 * Stretches of one script, with the blanks after them, as `UnicodeScripts` of `tokenizers` finds them; what comes before the first
 * character that has a script belongs to none. Its table is older than JavaScript's: a character that Unicode has had since version
 * 10 has its script here, and none there.
 */
export const stretchesOfScripts: FindPlaces = (text) => {
  const places: Place[] = [];
  let start: number | undefined;
  let last: string | undefined;
  let at = 0;
  for (const character of text) {
    const script = scriptOf(character);
    if (script !== 'any' && script !== last) {
      if (start !== undefined) places.push([start, at]);
      start = at;
      last = script;
    }
    at += character.length;
  }
  if (start !== undefined) places.push([start, text.length]);
  return places;
};
