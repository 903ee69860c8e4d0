// The JSON objects of a body that holds several: one a line (Ollama), one after the other, or the elements of an array
// that is written piece by piece (Gemini without `alt=sse`). A body that is one object has one.
//
// Only the outermost objects count, and only those that end: a body that was cut inside one has those before it. What
// stands between them (commas, brackets, white space, a byte order mark, anything) is passed over. An object is told by
// its braces, brackets and strings alone, so a parser must still look at it. A broken one does not take the next ones
// with it: a line end inside a string, a bracket that fits no other, and a brace where no value may begin end it.
//
// Views into `body`, which must outlive them. Linear, not recursive.
#ifndef REPRISE_WIRE_JSON_OBJECTS_H_
#define REPRISE_WIRE_JSON_OBJECTS_H_

#include <string_view>
#include <vector>

namespace reprise::wire {

std::vector<std::string_view> JsonObjectsIn(std::string_view body);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_JSON_OBJECTS_H_
