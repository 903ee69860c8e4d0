// What a provider's error looks like, for errors that are ours: its SDK then shows our sentence.
#ifndef REPRISE_FORMAT_ERROR_BODY_H_
#define REPRISE_FORMAT_ERROR_BODY_H_

#include <string>
#include <string_view>

namespace reprise::format {

// JSON in the shape of that format's errors; of an unknown format, in OpenAI's, which most others imitate. `message`
// may hold any bytes; `code` is one word.
std::string ErrorBody(std::string_view format, int status, std::string_view code, std::string_view message);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_ERROR_BODY_H_
