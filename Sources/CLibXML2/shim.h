#pragma once
#include <libxml/xmlversion.h>
// Debian's libxml2 shows ICU's headers, which clash with the copy of ICU inside Foundation. Only the layout of
// `xmlCharEncodingHandler` depends on this switch, and no Swift code touches that type.
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
