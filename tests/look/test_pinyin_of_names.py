"""What is put together from single characters is what the dictionary says of the whole name."""

from random import Random

from pypinyin.constants import PHRASES_DICT

from relief.lib import pinyin


def test_names_sound_as_the_dictionary_says():
    chance = Random(3)
    words = sorted(PHRASES_DICT)
    characters = [*sorted(set("".join(chance.sample(words, 2000)))), *"㐀ABC 1·"]
    together = 0
    for number in range(4_000):
        name = "".join(chance.choice(characters) for _ in range(chance.randint(0, 7)))
        if number % 3 == 0:  # a word that may be spoken otherwise than its characters
            name = (name[:2] + chance.choice(words))[:6]
        together += pinyin._is_of_single_characters(name)
        assert pinyin.full_pinyin(name) == pinyin._spoken(name), name
        assert pinyin.pinyin_initials(name) == pinyin._begun(name), name
    assert 1_000 < together < 3_900
