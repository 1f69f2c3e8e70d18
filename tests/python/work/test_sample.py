"""For `python -m unittest`: tests that pass, fail, are skipped and expected to fail."""
import unittest


class Sample(unittest.TestCase):
    def test_passes(self):
        self.assertEqual(sorted("cab"), ["a", "b", "c"])

    def test_fails(self):
        self.assertEqual({"a": 1}, {"a": 2})

    @unittest.skip("on purpose")
    def test_skipped(self):
        raise AssertionError

    @unittest.expectedFailure
    def test_expected(self):
        self.fail("as it should")

    def test_parts(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)
