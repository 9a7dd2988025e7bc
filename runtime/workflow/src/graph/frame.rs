//! Boxes of a given width.

/// How many columns a text takes.
pub(super) fn width_of(text: &str) -> usize {
    text.chars().count()
}

/// A text in one line and not wider than this: what is too much ends in `…`.
pub(super) fn clipped(text: &str, width: usize) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if width_of(&text) <= width {
        return text;
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        short.push('…');
    }
    short
}

/// A box: a title and its kind in the upper border, the content, and where an arrow leaves, a knee
/// in the lower border.
pub(super) fn framed(
    title: &str,
    kind: &str,
    content: &[String],
    width: usize,
    arrow: bool,
) -> Vec<String> {
    let width = width.max(6);
    let kind = clipped(kind, width * 2 / 3);
    let behind = if kind.is_empty() {
        "┐".to_owned()
    } else {
        format!(" {kind} ┐")
    };
    let title = clipped(title, width.saturating_sub(4 + width_of(&behind)));
    let start = format!("┌ {title} ");
    let line = width.saturating_sub(width_of(&start) + width_of(&behind));
    let mut lines = vec![format!("{start}{}{behind}", "─".repeat(line))];
    for text in content {
        let text = clipped(text, width - 4);
        let space = " ".repeat(width - 4 - width_of(&text));
        lines.push(format!("│ {text}{space} │"));
    }
    lines.push(if arrow {
        format!("└──┬{}┘", "─".repeat(width - 5))
    } else {
        format!("└{}┘", "─".repeat(width - 2))
    });
    lines
}
