// LangChain's serializer for vcrpy: gzip, and in it two parallel lists, `requests` and `responses`.
#include <algorithm>

#include "recorder/importers/vcrpy_entry.h"

namespace reprise::recorder {
namespace {

bool Recognises(const Value& root) { return root["requests"].IsList() && root["responses"].IsList(); }

void Read(const Value& root, const RecordingSink& sink) {
  const Value requests = root["requests"], responses = root["responses"];
  for (std::size_t i = 0; i < std::max(requests.size(), responses.size()); ++i) {
    sink(ReadVcrpyEntry(requests.At(i), responses.At(i)));
  }
}

}  // namespace

const RecordingFormat kVcrpyLangchain = {"vcrpy (LangChain)", Recognises, Read};

}  // namespace reprise::recorder
