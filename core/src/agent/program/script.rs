//! A shell script as the statements that it consists of.
//!
//! Upstream: POSIX.1 2.3 (tokens), 2.6 (expansions) and 2.10 (grammar). Read are lists with `;`,
//! line breaks, `&&` and `||`, `while`, `until` and `for`, variables, quotes, and output that goes
//! to a file, where nobody sees it. Left out, and with them the whole script: pipes, background
//! commands, functions, `if`, `case`, arithmetic, substitution of commands, globs.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// Statements, each with what it needs of the status before: success, failure, or nothing.
pub(super) type List = Vec<(Option<bool>, Statement)>;

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// A command, and whether its output is led away.
    Command { words: Vec<Word>, is_quiet: bool },
    /// `NAME=VALUE`
    Set { name: String, value: Word },
    /// `for NAME in WORDS; do BODY; done`
    For {
        name: String,
        words: Vec<Word>,
        body: List,
    },
    /// `while`, where success is wanted, or `until`.
    While {
        condition: List,
        wanted: bool,
        body: List,
    },
}

/// A word: text, and variables by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    parts: Vec<Part>,
    is_quoted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Word {
    /// What it says where the variables have these values. A value is not split into words: one
    /// that would be is not understood, nor is a word that would vanish.
    pub(super) fn expand(&self, variables: &BTreeMap<String, String>) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Variable(name) => {
                    let value = variables.get(name).map_or("", String::as_str);
                    let is_plain = !value.is_empty() && !value.contains(char::is_whitespace);
                    if !is_plain && !self.is_quoted {
                        return None;
                    }
                    text.push_str(value);
                }
            }
        }
        Some(text)
    }

    /// The text of a word that is nothing but text without quotes: keywords are.
    fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] if !self.is_quoted => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, c: char) {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.push(c);
        } else {
            self.parts.push(Part::Text(c.to_string()));
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// `;` or a line break.
    End,
    And,
    Or,
    /// `>` or `>>`, and whether it leads away what is printed, not the errors.
    Redirect(bool),
}

/// Reads a script; nothing if a part of it is not understood.
pub(super) fn parse(script: &str) -> Option<List> {
    let tokens = tokens(script)?;
    let mut reader = Reader {
        tokens: tokens.into_iter().peekable(),
        depth: 0,
    };
    let list = reader.list(&[])?;
    reader.tokens.next().is_none().then_some(list)
}

fn tokens(script: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = script.chars().peekable();
    while let Some(c) = chars.next() {
        let token = match c {
            ' ' | '\t' | '\r' => None,
            ';' | '\n' => Some(Token::End),
            '&' if chars.next_if_eq(&'&').is_some() => Some(Token::And),
            '|' if chars.next_if_eq(&'|').is_some() => Some(Token::Or),
            '>' => {
                chars.next_if_eq(&'>');
                let number = word.as_ref().and_then(Word::plain).map(str::to_owned);
                // `2>` leads the errors away, `1>` what is printed; any other word is an argument.
                if matches!(number.as_deref(), Some("1" | "2")) {
                    word = None;
                }
                Some(Token::Redirect(number.as_deref() != Some("2")))
            }
            '#' if word.is_none() => {
                while chars.next_if(|&c| c != '\n').is_some() {}
                None
            }
            '&' if matches!(tokens.last(), Some(Token::Redirect(_))) && word.is_none() => {
                // `2>&1`
                word.get_or_insert_default().push('&');
                continue;
            }
            '&' => {
                wait(&mut chars)?;
                None
            }
            '|' | '<' | '(' | ')' | '`' | '*' | '?' => return None,
            '\'' => {
                let word = word.get_or_insert_default();
                word.is_quoted = true;
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
                continue;
            }
            '"' => {
                double_quoted(&mut chars, word.get_or_insert_default())?;
                continue;
            }
            '\\' => {
                match chars.next()? {
                    '\n' => {}
                    c => word.get_or_insert_default().push(c),
                }
                continue;
            }
            '$' => {
                variable(&mut chars, word.get_or_insert_default())?;
                continue;
            }
            c => {
                word.get_or_insert_default().push(c);
                continue;
            }
        };
        tokens.extend(word.take().map(Token::Word));
        tokens.extend(token);
    }
    tokens.extend(word.map(Token::Word));
    Some(tokens)
}

/// `sleep 5 & wait $!` is how a shell sleeps and hears signals all the same: the command is waited
/// for at once. Everything else in the background is not understood.
fn wait(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
    for expected in "wait".chars() {
        chars.next_if_eq(&expected)?;
    }
    while chars.next_if_eq(&' ').is_some() {}
    if chars.next_if_eq(&'$').is_some() {
        chars.next_if_eq(&'!')?;
    }
    matches!(chars.peek(), None | Some(';' | '\n' | ' ')).then_some(())
}

fn double_quoted(chars: &mut Peekable<Chars<'_>>, word: &mut Word) -> Option<()> {
    word.is_quoted = true;
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '`' => return None,
            '$' => variable(chars, word)?,
            '\\' => match chars.next()? {
                '\n' => {}
                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                c => {
                    word.push('\\');
                    word.push(c);
                }
            },
            c => word.push(c),
        }
    }
}

/// A variable behind its `$`. `$(hostname)` is one by another name.
fn variable(chars: &mut Peekable<Chars<'_>>, word: &mut Word) -> Option<()> {
    let mut name = String::new();
    match chars.peek() {
        Some('{') => {
            chars.next();
            loop {
                match chars.next()? {
                    '}' => break,
                    c => name.push(c),
                }
            }
        }
        Some('(') => {
            let inner: String = chars.by_ref().take_while(|&c| c != ')').collect();
            if inner.trim_start_matches('(').trim() != "hostname" {
                return None;
            }
            name.push_str("HOSTNAME");
        }
        _ => {
            while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                name.push(c);
            }
        }
    }
    is_name(&name).then(|| word.parts.push(Part::Variable(name)))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

struct Reader {
    tokens: Peekable<std::vec::IntoIter<Token>>,
    depth: u32,
}

impl Reader {
    /// Statements up to one of the given keywords, which is not taken.
    fn list(&mut self, ends: &[&str]) -> Option<List> {
        self.depth += 1;
        if self.depth > super::DEPTH_MAX {
            return None;
        }
        let mut list = List::new();
        let mut needs = None;
        loop {
            while self.tokens.next_if_eq(&Token::End).is_some() {}
            let ended = match self.tokens.peek() {
                None => true,
                Some(Token::Word(word)) => word.plain().is_some_and(|text| ends.contains(&text)),
                Some(_) => return None,
            };
            if ended {
                break;
            }
            list.push((needs, self.statement()?));
            needs = match self.tokens.peek() {
                Some(Token::And) => Some(true),
                Some(Token::Or) => Some(false),
                _ => None,
            };
            if needs.is_some() {
                self.tokens.next();
                continue;
            }
            if !matches!(self.tokens.peek(), None | Some(Token::End)) {
                return None;
            }
        }
        self.depth -= 1;
        (needs.is_none() && (ends.is_empty() || !list.is_empty())).then_some(list)
    }

    fn keyword(&mut self, keyword: &str) -> Option<()> {
        match self.tokens.next()? {
            Token::Word(word) if word.plain() == Some(keyword) => Some(()),
            _ => None,
        }
    }

    fn body(&mut self) -> Option<List> {
        while self.tokens.next_if_eq(&Token::End).is_some() {}
        self.keyword("do")?;
        let body = self.list(&["done"])?;
        self.keyword("done")?;
        Some(body)
    }

    fn statement(&mut self) -> Option<Statement> {
        let Some(Token::Word(first)) = self.tokens.next() else {
            return None;
        };
        match first.plain() {
            Some(word @ ("while" | "until")) => {
                let wanted = word == "while";
                let condition = self.list(&["do"])?;
                let body = self.body()?;
                Some(Statement::While {
                    condition,
                    wanted,
                    body,
                })
            }
            Some("for") => {
                let Some(Token::Word(name)) = self.tokens.next() else {
                    return None;
                };
                let name = name.plain().filter(|name| is_name(name))?.to_owned();
                self.keyword("in")?;
                let mut words = Vec::new();
                while let Some(Token::Word(word)) =
                    self.tokens.next_if(|token| matches!(token, Token::Word(_)))
                {
                    words.push(word);
                }
                let body = self.body()?;
                Some(Statement::For { name, words, body })
            }
            Some("if" | "case" | "do" | "done" | "then" | "fi" | "function" | "{" | "}") => None,
            _ => self.command(first),
        }
    }

    fn command(&mut self, first: Word) -> Option<Statement> {
        if let Some(set) = assignment(&first) {
            // Before a command it would be for that command alone.
            let is_alone = !matches!(self.tokens.peek(), Some(Token::Word(_)));
            return is_alone.then_some(set);
        }
        let mut words = vec![first];
        let mut is_quiet = false;
        loop {
            match self.tokens.peek() {
                Some(Token::Word(_)) => {
                    if let Some(Token::Word(word)) = self.tokens.next() {
                        words.push(word);
                    }
                }
                Some(Token::Redirect(_)) => {
                    let Some(Token::Redirect(is_output)) = self.tokens.next() else {
                        return None;
                    };
                    let Some(Token::Word(target)) = self.tokens.next() else {
                        return None;
                    };
                    let joins = target.plain().is_some_and(|text| text.starts_with('&'));
                    let shows = matches!(target.plain(), Some("/dev/stdout" | "/proc/1/fd/1"));
                    is_quiet |= is_output && !joins && !shows;
                }
                _ => return Some(Statement::Command { words, is_quiet }),
            }
        }
    }
}

/// `NAME=VALUE`, where the name is not quoted.
fn assignment(word: &Word) -> Option<Statement> {
    let [Part::Text(text), rest @ ..] = word.parts.as_slice() else {
        return None;
    };
    let (name, value) = text.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut parts = vec![Part::Text(value.to_owned())];
    parts.extend_from_slice(rest);
    // A value is not split into words.
    Some(Statement::Set {
        name: name.to_owned(),
        value: Word {
            parts,
            is_quoted: true,
        },
    })
}
