/*
 * Is a page well-formed? Elements nest and end, attributes are quoted and come once, "<" and "&"
 * stand for nothing else, ids are there once and what points at one finds it. Enough of XML for
 * pages of this project; a document type is passed over, CDATA is text.
 */
#ifndef WEIR_TESTS_CLI_XML_H
#define WEIR_TESTS_CLI_XML_H

/* Fails the test with the place of the first fault. */
void xml_well_formed(const char *text);

#endif
