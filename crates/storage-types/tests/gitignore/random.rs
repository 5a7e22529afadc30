//! Sets of rules by chance, the same in each run.

/// Pieces of patterns. Names that are in the tree come often, so that most rules match something. What is documented to
/// differ from git is not among them.
const PIECES: &[&str] = &[
    "a",
    "b",
    "d",
    "e",
    "*",
    "*",
    "/",
    "foo",
    "build",
    "a*",
    "*b",
    "**",
    "**/",
    "/*",
    "a",
    "a",
    "b",
    "b",
    "d",
    "e",
    "c",
    "A",
    "foo",
    "bar",
    "x",
    "build",
    "src",
    "o",
    ".o",
    ".",
    "*",
    "*",
    "*",
    "**",
    "***",
    "?",
    "?",
    "/",
    "/",
    "/",
    "/",
    "**/",
    "/**",
    "/**/",
    "[ab]",
    "[!a]",
    "[^b-d]",
    "[a-c]",
    "[[:alpha:]]",
    "[[:upper:][:digit:]]",
    "[]a]",
    "[a/]",
    "[!/]",
    "[\\]a]",
    "[a-]",
    "[",
    "]",
    "\\",
    "\\*",
    "\\a",
    "\\/",
    "\\ ",
    " ",
    "#",
    "!",
    "-",
    "{a,b}",
    ",",
    "\\\\",
    "[[:foo:]]",
    "..",
    "^",
    "+",
    "$",
    "(",
    "|",
];

/// A generator of numbers (xorshift64*), so that nobody needs another crate.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % limit
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

pub(crate) fn sets(count: usize) -> Vec<String> {
    let mut numbers = Numbers(0x5eed_0f9a_77e1_25c3);
    (0..count).map(|_| set(&mut numbers)).collect()
}

fn set(numbers: &mut Numbers) -> String {
    let rules = 1 + numbers.below(6);
    let mut text: String = (0..rules).map(|_| rule(numbers) + "\n").collect();
    if numbers.one_in(8) {
        text = text.replace('\n', "\r\n");
    }
    if numbers.one_in(8) {
        text.pop();
    }
    text
}

fn rule(numbers: &mut Numbers) -> String {
    loop {
        let rule = any_rule(numbers);
        // Git takes `a**//` for `a**/`, and a dot for a name.
        let differs = rule.contains("**//") || rule.trim_start_matches('!').starts_with("./");
        if !differs {
            return rule;
        }
    }
}

fn any_rule(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    if numbers.one_in(5) {
        text.push('!');
    }
    if numbers.one_in(6) {
        text.push('/');
    }
    for _ in 0..=numbers.below(4) {
        text += PIECES[numbers.below(PIECES.len())];
    }
    if numbers.one_in(6) {
        text.push('/');
    }
    if numbers.one_in(10) {
        text += "  ";
    }
    text
}
