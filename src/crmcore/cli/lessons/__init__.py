"""What each command teaches: a sentence, its words and examples, in English and Chinese."""

from crmcore.cli.lessons.lesson import Lesson, Pair, example, lesson

__all__ = ["Lesson", "Pair", "example", "lesson"]
