// Container: a cassette's text out of whatever holds it, and back into frames. What `export` and the git filter use.
//
// Equal texts are what makes cassettes equal: ToText(Pack(text)) is `text`, byte for byte, and so is ToText(text).
#ifndef REPRISE_CASSETTE_CONTAINER_H_
#define REPRISE_CASSETTE_CONTAINER_H_

#include <functional>
#include <string>
#include <string_view>

#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::cassette {

using ByteSink = std::function<Status(std::string_view bytes)>;

// The text, frame by frame. Stops at the first damage with an error that names the file offset: half a text must not
// pass for a whole one. `name` stands in messages. Memory: one frame.
Status ToText(std::string_view bytes, const std::string& name, const ByteSink& sink, const CassetteLimits& limits = {});
Result<std::string> ToText(std::string_view bytes, const std::string& name, const CassetteLimits& limits = {});

// The zstd container of a text. An error that names the line where the text is none: a line that begins with neither
// '{' nor white space (a merge conflict), or the first record is no head.
Result<std::string> Pack(std::string_view text, const std::string& name);

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_CONTAINER_H_
