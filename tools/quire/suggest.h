/* SPDX-License-Identifier: MIT */
/*
 * suggest.h - "did you mean": the nearest of a few known words.
 */
#ifndef QUIRE_TOOLS_SUGGEST_H
#define QUIRE_TOOLS_SUGGEST_H

/**
 * suggest() - the word of @words (ends with NULL) nearest to @word.
 *
 * Nearness is the edit distance (insert, delete, replace one character,
 * swap two neighbours). Words longer than
 * 63 characters are nobody's neighbour.
 * Return: NULL when even the nearest differs in more than a third of its characters.
 */
const char *suggest(const char *word, const char *const *words);

#endif /* QUIRE_TOOLS_SUGGEST_H */
