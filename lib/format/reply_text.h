// What the readers of all formats share: forgiving ways from bytes to JSON and to text, and sentences for failures.
//
// Static functions, without state, any thread.
#ifndef REPRISE_FORMAT_REPLY_TEXT_H_
#define REPRISE_FORMAT_REPLY_TEXT_H_

#include <string>
#include <string_view>

#include "lib/wire/json_view.h"
#include "reprise/exchange.h"

namespace reprise::format {

// Without a byte order mark at the start and white space at both ends.
std::string_view TrimBody(std::string_view body);

// One piece of a reply, parsed. Bytes that are no UTF-8 stand as U+FFFD: a stream that broke inside a character loses
// the character, not the piece. `root` is of nothing where the text is no JSON.
class ReplyPiece {
 public:
  explicit ReplyPiece(std::string_view text);
  ReplyPiece(const ReplyPiece&) = delete;
  ReplyPiece& operator=(const ReplyPiece&) = delete;
  wire::JsonView root() const { return tree_.ok() ? wire::JsonView(*tree_) : wire::JsonView(); }

 private:
  std::string mended_;
  Result<wire::JsonTree> tree_;
};

// A character outside the basic plane may come as two escapes in two fragments: decoded one by one they are surrogates
// of three bytes each. Joins such pairs; a lone half becomes U+FFFD, so that what is understood is UTF-8.
void MendSurrogates(std::string& text);
// A string, decoded and mended; "" for all else. For text that comes whole; fragments are mended once they are joined.
std::string TextOf(const wire::JsonView& value);

// The value without white space, strings in their shortest spelling, all other tokens and the order as they stand: one
// spelling for a tool call's arguments, whether they came as an object or as fragments of its text.
std::string CompactJson(const wire::JsonView& value);
// The same of a text; one that is no JSON (a stream broke in it) stands as it is.
std::string CompactJsonText(std::string text);

// Empties what a reader fills in. `model.asked` and `model.pin` stay.
void ForgetMeaning(Reply& reply);

// Is something said of an error? `"error": null`, `""`, `false` and `{}` say that there is none.
bool TellsError(const wire::JsonView& error);
// The sentence in an error of any shape that providers and frameworks send, or "".
std::string ErrorText(const wire::JsonView& root);

// The first error wins: what follows it is a consequence.
void TellError(const wire::JsonView& root, Reply& reply);
// Gives a reply of status 400 and up an error, where none was told yet: the body's, or a sentence about the body.
void TellFailure(Reply& reply);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_REPLY_TEXT_H_
