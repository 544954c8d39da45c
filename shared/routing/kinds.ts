/** What words do to the kind of a thing: chicken broth is no chicken, large eggs are eggs. */

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** Things of a household rather than of its kitchen: never what was asked for, unless by name. */
const NEVER = set(`
  artificial imitation baby cat costume decoration dog infant kitten newborn pet puppy toddler toy
`.trim());

/**
 * What a kitchen calls by one plain word. To others a word behind may belong: «Oreo Cookies» are Oreos,
 * «Mozzarella Cheese» is mozzarella; but a «Chicken Soup» is no chicken.
 */
const PLAIN = set(`
  almond apple apricot asparagus avocado bacon banana basil bean beef beet berry blackberry blueberry bread breast
  broccoli butter cabbage carrot cauliflower celery cheese cherry chicken chocolate cilantro coconut cod coffee corn cream crab
  cucumber drumstick duck egg eggplant fish flour garlic ginger grape ham honey kale lamb lemon lentil lime lobster
  mango milk mint mushroom oat onion orange parsley pea peach peanut pear pecan pineapple plum pork potato pumpkin
  raspberry rice salmon salt shrimp spinach squash steak strawberry sugar thigh tilapia tofu tomato tuna turkey
  walnut water watermelon wheat wing yogurt zucchini
`.trim());

/** Of a plain thing these make another wherever they stand. */
const ANOTHER_OF_PLAIN = set(`
  battered bouillon breaded broth candied conditioner dairyfree dehydrated detergent eggless flavor flavored
  flavoring fragrance freeze gravy gummy jerky lotion meatless nondairy pickled plant plantbased powder powdered
  scent scented seasoning shampoo soap substitute supplement vegan vegetarian
`.trim());

/** Behind a plain thing these are what it is: «banana bread», «egg noodles», «tomato soup». */
const ANOTHER_BEHIND = set(`
  alternative ale bar batter beer biscuit bread brownie bun burger butter cake candy casserole cereal cheese chip chowder
  cider cobbler cocktail cookie cracker cream creamer crisp crouton crumb crust cupcake cutter dessert dinner dip
  donut dressing drink dumpling extract filling finger flake flour food frosting fry glaze granola helper holder
  hummus icing jam jelly juice kebab ketchup kit krispy lasagna lettuce liqueur macaroni marinade marmalade meal
  meatball milk mix muffin mustard noodle nugget oatmeal oil pasta paste pastry pepper pie pizza popcorn popper
  potpie preserve pretzel pudding puff punch puree ramen ravioli relish rice rub salad salsa sandwich sauce sausage
  scone shake sherbet slicer smoothie snack soda sorbet soup spray starch stew stock stuffing syrup taco tart tea
  topping tortilla treat truffle turnover vinegar wafer waffle wine wrap yogurt
`.trim());

/** Beside what was asked for, these say how it is, was grown or is packed. */
const DESCRIPTION = set(`
  organic natural naturally large extra jumbo medium small big mini premium select choice prime grade aa quality
  best favorite free range cage pasture raised grass fed local locally non gmo nongmo antibiotic hormone farm
  farmhouse family value size sized plain classic original regular traditional all pure ripe raw frozen lean boneless bone
  skinless skin sliced shredded thin thick cut washed ready trimmed hand picked seedless sweet creamy smooth
  crunchy salted unsalted lightly sodium low lowfat nonfat reduced fat skim vitamin d pasteurized homogenized
  ultra filtered lactose kosher halal hot mild long grain enriched unbleached purpose sharp gluten usda angus atlantic
  fillet filet wild caught farmed vine bulk loose bundle clamshell twin single club shelf stable style brand white brown
  pack package bag box bottle can canned carton case container jar jug loaf bunch tray tub tube pouch head crown
  heart stick block roll wedge half piece portion serving variety multipack resealable
`.trim());

/** One may stand in for the other where these are missed; the shopper is told. */
const MINOR = set(`
  organic natural large extra jumbo medium small big mini premium select choice prime grade aa quality best
  favorite free range cage pasture raised grass fed local locally non gmo nongmo antibiotic hormone farm family value
  size plain classic original regular traditional all pure ripe raw frozen lean boneless bone skinless skin sliced
  thin thick cut washed trimmed seedless creamy lowfat nonfat reduced fat low skim unsalted salted
  enriched unbleached sharp mild usda angus wild caught farmed fillet filet style brand some good nice
  pack package bag box bottle can carton case container jar jug loaf bunch head
`.trim());

interface Kind {
  /** What makes another thing of it, wherever it stands. */
  readonly another: ReadonlySet<string>;
  /** What makes another thing of it behind it. */
  readonly behind?: ReadonlySet<string>;
  /** What may make one: taken only where there is none without. */
  readonly doubtful?: ReadonlySet<string>;
  /** What it may be without. */
  readonly minor?: ReadonlySet<string>;
}

const FRUIT: Kind = {
  another: set("dried jelly chocolate caramel covered coated canned yogurt"),
};

/** What holds of one kind alone: «white» is minor of eggs, and not of wine. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["milk", {
    another: set(
      "almond banana buttermilk cashew chocolate coconut condensed dry evaporated goat hemp macadamia malted oat " +
        "pea pistachio rice soy strawberry vanilla walnut cereal",
    ),
    minor: set("whole vitamin d"),
  }],
  ["butter", {
    another: set("almond apple body cashew cocoa cookie nut peanut pumpkin shea sunflower seed"),
  }],
  ["egg", {
    another: set(
      "boiled candy chocolate deviled easter hard liquid quail duck beater plant scrambled cooked peeled",
    ),
    behind: set("roll salad white"),
    minor: set("white brown"),
  }],
  ["cheese", { another: set("mac macaroni cream cottage ravioli cake ricotta grilled pimento") }],
  ["cream", { another: set("ice sour shaving hand cheese whipped cookie") }],
  ["yogurt", {
    another: set("covered frozen"),
    doubtful: set(
      "strawberry blueberry cherry peach vanilla chocolate banana raspberry lemon lime coconut honey",
    ),
    minor: set("whole"),
  }],
  ["bread", { another: set("banana garlic pumpkin zucchini corn ginger pudding stuffed") }],
  ["rice", { another: set("cauliflower fried crispy puffed spanish pudding") }],
  ["flour", { another: set("almond cassava chickpea coconut corn oat rice tapioca tortilla") }],
  ["sugar", { another: set("brown coconut powdered confectioner snap free") }],
  ["potato", { another: set("sweet mashed scalloped salad tot instant hash") }],
  ["onion", { another: set("green ring french crispy fried minced") }],
  ["water", { another: set("coconut rose tonic micellar chestnut"), doubtful: set("sparkling") }],
  ["vanilla", { another: set("milk cream yogurt creamer wafer cookie coffee") }],
  ["chip", { another: set("wood paint"), doubtful: set("apple banana chocolate kale plantain vegetable") }],
  ["bean", { another: set("coffee jelly vanilla") }],
  ["beer", { another: set("root ginger nonalcoholic") }],
  ["beef", { another: set("corned stick") }],
  ["chicken", { another: set("canned fried popcorn orange buffalo deli lunchmeat") }],
  ["turkey", { another: set("bacon deli lunchmeat") }],
  ["tomato", { another: set("dried sun crushed diced stewed canned peeled") }],
  ["corn", { another: set("pop candy dog") }],
  ["garlic", { another: set("minced granulated") }],
  ...[
    "apple",
    "apricot",
    "banana",
    "berry",
    "blackberry",
    "blueberry",
    "cherry",
    "grape",
    "lemon",
    "lime",
    "mango",
    "orange",
    "peach",
    "pear",
    "pineapple",
    "plum",
    "raspberry",
    "strawberry",
  ]
    .map((fruit): [string, Kind] => [fruit, FRUIT]),
]);

/** Sold young and whole. */
const BABY_GREENS = set("arugula bok carrot corn green kale lettuce potato spinach");

/** What a word that was not asked for does. */
export type Effect =
  /** It makes another thing. */
  | "another"
  /** It may. */
  | "doubt"
  | "none";

/**
 * What a word that was not asked for does to the kind of what was.
 *
 * @param head What the thing is, in one word.
 * @param isBehind Whether it stands behind words that were asked for, where English says what a thing is.
 */
export function effect(word: string, head: string, isBehind: boolean): Effect {
  if (word === "baby" && BABY_GREENS.has(head)) return "doubt";
  if (NEVER.has(word)) return "another";
  const kind = KINDS.get(head);
  if (kind?.another.has(word) === true || (isBehind && kind?.behind?.has(word) === true)) return "another";
  if (kind?.doubtful?.has(word) === true) return "doubt";
  if (ANOTHER_OF_PLAIN.has(word) || (isBehind && ANOTHER_BEHIND.has(word))) {
    return PLAIN.has(head) ? "another" : "doubt";
  }
  // Whoever says «blueberries» means fresh ones, and takes frozen ones where there are no others.
  if (word === "frozen" && PLAIN.has(head)) return "doubt";
  return isBehind && !describes(word) ? "doubt" : "none";
}

/** Whether a word only says how a thing is. Numbers do: «93% lean». */
function describes(word: string): boolean {
  return /\d/.test(word) || DESCRIPTION.has(word);
}

/** Whether a thing without this word may stand in for what was asked for. */
export function isMinor(word: string, wanted: ReadonlySet<string>): boolean {
  if (/\d/.test(word) || MINOR.has(word)) return true;
  return [...wanted].some((kind) => KINDS.get(kind)?.minor?.has(word) === true);
}
