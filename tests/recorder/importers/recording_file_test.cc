#include "recorder/importers/recording_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::recorder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Small recordings by hand, one for each way a format has of holding a body. The format's name is checked with them.
std::vector<Recording> Read(std::string_view bytes, const std::string& format) {
  std::vector<Recording> recordings;
  const auto name = ReadRecordings(bytes, "file", {}, [&](Recording&& one) { recordings.push_back(std::move(one)); });
  EXPECT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name.ok() ? *name : "", format);
  return recordings;
}

TEST(RecordingFile, VcrpyHoldsTextsBinariesAndNothing) {
  const auto all = Read(R"(
interactions:
- request:
    body: '{"model": "m"}'
    headers:
      ? !!python/object/apply:multidict._multidict.istr
      - Accept
      : - application/json
      Set: [a, b]
      Empty: null
    method: post
    uri: https://api.openai.com/v1/chat/completions
  response:
    body: {string: !!binary "H4sA"}
    headers: {Content-Encoding: [gzip]}
    status: {code: 200, message: OK}
- request: {body: null, headers: {}, method: GET, uri: 'http://localhost:8000/v1/models'}
  response: {body: {string: ''}, headers: {}, status: {code: 404}}
- request:
    body: !!python/object/new:_io.BytesIO
      state: !!python/tuple [!!binary "Zm9v", 0, null]
    headers: {}
    method: POST
    uri: http://h/
  response: {content: done, headers: {}, http_version: HTTP/1.1, status_code: 201}
version: 1
)",
                        "vcrpy");
  ASSERT_EQ(all.size(), 3u);
  for (const auto& one : all) EXPECT_EQ(one.refused, "");
  EXPECT_EQ(all[0].method, "POST");
  EXPECT_THAT(all[0].request_headers, ElementsAre(Header{"Accept", "application/json"}, Header{"Set", "a"},
                                                  Header{"Set", "b"}, Header{"Empty", ""}));
  EXPECT_EQ(all[0].request_body, R"({"model": "m"})");
  EXPECT_EQ(all[0].reply_body, std::string("\x1F\x8B\0", 3));
  EXPECT_EQ(all[1].status, 404);
  EXPECT_EQ(all[1].request_body, "");
  EXPECT_EQ(all[2].request_body, "foo");
  EXPECT_EQ(all[2].reply_body, "done");
  EXPECT_EQ(all[2].status, 201);
}

TEST(RecordingFile, VcrpyWithParsedBodiesIsWrittenAnew) {
  const auto all = Read(R"(
interactions:
- request:
    headers: {content-type: [application/json]}
    method: POST
    parsed_body: {model: m, n: 1, stop: null}
    uri: https://api.groq.com/openai/v1/chat/completions
  response:
    headers: {}
    parsed_body: {a: [true, '1']}
    status: {code: 200}
- request: {headers: {content-type: [application/json]}, method: POST, body: {n: .nan}, uri: 'http://h/'}
  response: {headers: {}, body: {string: 'data: x'}, status: {code: 200}}
)",
                        "vcrpy");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].request_body, R"({"model":"m","n":1,"stop":null})");
  EXPECT_EQ(all[0].reply_body, R"({"a":[true,"1"]})");
  EXPECT_TRUE(all[0].request_rebuilt && all[0].reply_rebuilt);
  EXPECT_THAT(all[1].refused, HasSubstr("cannot be written as JSON: the number .nan"));
}

TEST(RecordingFile, VcrpyAlsoComesAsJson) {
  const auto all = Read(R"({"version": 1, "interactions": [{"request": {"uri": "http://h/", "method": "GET",
      "body": null, "headers": {}}, "response": {"status": {"code": 200}, "headers": {"A": ["1"]},
      "body": {"string": "x\ud83d\ude00"}}}]})",
                        "vcrpy");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].reply_body, "x😀");
}

TEST(RecordingFile, LangchainHoldsTwoParallelLists) {
  const auto all = Read(R"(
requests:
- {body: a, headers: {}, method: POST, uri: 'http://h/1'}
- {body: b, headers: {}, method: POST, uri: 'http://h/2'}
responses:
- {body: {string: A}, headers: {}, status: {code: 200}}
)",
                        "vcrpy (LangChain)");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].reply_body, "A");
  EXPECT_EQ(all[1].refused, "the entry holds no reply");
  EXPECT_EQ(all[1].url, "http://h/2");
}

TEST(RecordingFile, VcrForRubyHoldsStringsAndBase64) {
  const auto all = Read(R"(
---
http_interactions:
- request:
    method: post
    uri: "<OLLAMA_API_BASE>/chat/completions"
    body: {encoding: UTF-8, string: '{}'}
    headers: {Content-Type: [application/json]}
  response:
    status: {code: 200, message: OK}
    headers: {}
    body: {encoding: ASCII-8BIT, base64_string: "Zm9v\nYg==\n"}
  recorded_at: Mon, 14 Aug 2023 15:02:13 GMT
- request: {method: get, uri: 'http://h/', body: {encoding: US-ASCII, string: ''}}
  response: {status: {code: 200}, body: {encoding: UTF-8, string: !binary "/w=="}}
recorded_with: VCR 6.1.0
)",
                        "VCR (Ruby)");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].url, "http://ollama-api-base.invalid/chat/completions");
  EXPECT_THAT(all[0].notes, ElementsAre(HasSubstr("<OLLAMA_API_BASE>")));
  EXPECT_EQ(all[0].reply_body, "foob");
  EXPECT_EQ(all[0].at, "2023-08-14T15:02:13Z");
  EXPECT_EQ(all[1].reply_body, "\xFF");
  EXPECT_EQ(all[1].refused, "");
}

TEST(RecordingFile, VcrForRNamesFormsThatItDoesNotHold) {
  const auto all = Read(R"(
http_interactions:
- request:
    method: POST
    uri: https://api.anthropic.com/v1/files
    body:
      fields: {file: {path: a.pdf}}
  response: {status: 200, headers: {date: x}, body: {string: y}}
  recorded_at: 2026-08-02 22:32:55
- request: {method: GET, uri: 'http://h/'}
  response: {status: 200, headers: {a: [x, y]}, body: {encoding: '', file: no, string: z}}
  recorded_at: 2026-08-02 22:32:55
- request: {method: GET, uri: 'http://h/'}
  response: {status: {status_code: 200}, body: {file: yes, string: /tmp/x}}
recorded_with: VCR-vcr/2.1.0
)",
                        "vcr (R)");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_THAT(all[0].refused, HasSubstr("holds none of the bytes sent"));
  EXPECT_EQ(all[1].refused, "");
  EXPECT_EQ(all[1].at, "2026-08-02T22:32:55Z");
  EXPECT_EQ(all[1].reply_body, "z");
  EXPECT_THAT(all[2].refused, HasSubstr("stands in another file"));
}

TEST(RecordingFile, GoVcrTellsHowLongItTook) {
  const auto all = Read(R"(
version: 2
interactions:
- id: 0
  request: {body: b, headers: {A: [x]}, url: 'http://h/', method: POST}
  response: {body: B, headers: {}, status: 200 OK, code: 200, duration: 1m2.0345s}
- id: 1
  request: {url: 'http://h/', method: POST}
  response: {code: 99, duration: soon}
)",
                        "go-vcr");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].reply_body, "B");
  EXPECT_EQ(all[0].ms, 62035u);
  EXPECT_EQ(all[1].ms, std::nullopt);
  EXPECT_EQ(all[1].refused, "the reply status 99 is none of HTTP");
}

TEST(RecordingFile, HarHoldsTextBase64AndPieces) {
  const auto all = Read(R"({"log": {"entries": [
    {"startedDateTime": "2025-08-20T17:36:06.113+02:00", "timings": {"wait": 41.6},
     "request": {"method": "POST", "url": "http://h/", "headers": [{"name": ":path", "value": "/"}, {"name": "A", "value": "1"}],
                 "postData": {"text": "t", "params": []}},
     "response": {"status": 200, "headers": [], "content": {"encoding": "base64", "text": "[\"Zm9v\", \"Yg==\"]"}}},
    {"request": {"method": "GET", "url": "http://h/"},
     "response": {"status": 200, "content": {"encoding": "base64", "text": "Zm9v"}}},
    {"request": {"method": "GET", "url": "http://h/"}, "response": {"status": 200, "content": {"size": 7}}},
    {"request": {"method": "GET", "url": "http://h/"}, "response": {"status": 0}},
    {"request": {"method": "GET", "url": "http://h/"}, "response": {"status": 204, "content": {"size": 0}}},
    {"request": {"method": "POST", "url": "http://h/", "postData": {"params": [{"name": "a"}]}}, "response": {"status": 200}},
    {"request": {"method": "POST", "url": "/relative", "postData": {"encoding": "base64", "text": "Zm9v"}}, "response": {"status": 200, "content": {"encoding": "base64", "text": "[1"}}},
    {"request": {"method": "GET", "url": "http://h/"},
     "response": {"status": 200, "content": {"_isBinary": true, "text": "666f6f"}}}
  ]}})",
                        "HAR");
  ASSERT_EQ(all.size(), 8u);
  EXPECT_EQ(all[0].reply_body, "foob");
  EXPECT_THAT(all[0].cuts, ElementsAre(3, 1));
  EXPECT_EQ(all[0].at, "2025-08-20T15:36:06Z");
  EXPECT_EQ(all[0].ms, 42u);
  EXPECT_THAT(all[0].request_headers, ElementsAre(Header{"A", "1"}));
  EXPECT_EQ(all[1].reply_body, "foo");
  EXPECT_THAT(all[1].cuts, IsEmpty());
  EXPECT_THAT(all[2].refused, HasSubstr("saved without bodies"));
  EXPECT_THAT(all[3].refused, HasSubstr("no reply came"));
  EXPECT_EQ(all[4].refused, "");
  EXPECT_THAT(all[5].refused, HasSubstr("was a form"));
  EXPECT_EQ(all[6].refused, "the entry has no absolute http URL");
  EXPECT_EQ(all[6].request_body, "foo");
  EXPECT_THAT(all[7].refused, HasSubstr("older Polly.js"));
}

TEST(RecordingFile, DatadogHoldsOneExchangeAFile) {
  const auto all = Read(R"({"request": {"method": "POST", "url": "http://h/", "headers": {"A": "1"}, "body": "b"},
    "response": {"status": {"code": 400}, "headers": {}, "body": "B"}})",
                        "Datadog test agent");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].request_body + all[0].reply_body, "bB");
}

TEST(RecordingFile, BraintrustHoldsKinds) {
  const auto entry = [](const std::string& body) {
    return R"({"request": {"method": "POST", "url": "http://h/", "body": {"kind": "json", "value": {"a": 1.0}}},
      "response": {"status": 200, "headers": {}, "body": )" +
           body + R"(}, "recordedAt": "2026-08-03T10:02:10.960Z"})";
  };
  const auto all =
      Read(R"({"entries": [)" + entry(R"({"kind": "sse", "chunks": ["data: 1", "data: 2"]})") + "," +
               entry(R"({"kind": "base64", "value": "Zm9v"})") + "," + entry(R"({"kind": "text", "value": "t"})") +
               "," + entry(R"({"kind": "empty"})") + "," + entry(R"({"kind": "future"})") + "]}",
           "Braintrust recorder");
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0].request_body, R"({"a":1.0})");
  EXPECT_EQ(all[0].reply_body, "data: 1\n\ndata: 2\n\n");
  EXPECT_EQ(all[1].reply_body, "foo");
  EXPECT_FALSE(all[1].reply_rebuilt);
  EXPECT_EQ(all[2].reply_body, "t");
  EXPECT_EQ(all[3].reply_body, "");
  EXPECT_THAT(all[4].refused, HasSubstr("kind that is not known: future"));
}

TEST(RecordingFile, AStubIsNoRecording) {
  const auto all = Read(
      "---\nrequest: {url: /chat, method: POST}\nresponse: {status: 200}\n---\n"
      "request: {urlPath: /other, method: GET}\nresponse: {status: 200}\n",
      "WireMock stub mappings");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_THAT(all[1].refused, HasSubstr("holds a pattern of requests"));
  EXPECT_EQ(all[1].url, "/other");
}

TEST(RecordingFile, OddEntriesAreRefusedOneByOne) {
  const auto all = Read(R"(
interactions:
- request: {method: GET, uri: 'ftp://h/'}
- request: {method: GET, uri: 'http:///x'}
- request: {method: GET, uri: "http://h/\n"}
- request: {method: '', uri: 'http://h/'}
- request: {method: GET, uri: 'http://h/', headers: text}
- request: {method: GET, uri: 'http://h/', headers: {"a b": x}}
- request: {method: GET, uri: 'http://h/', headers: {a: {b: c}}}
- request: {method: GET, uri: 'http://h/', headers: {[a, b]: c}}
- request: {method: GET, uri: 'http://h/', body: [x]}
- request: {method: GET, uri: 'http://h/', body: {base64_string: '!'}}
- request: {method: GET, uri: 'http://h/'}
  response: {headers: {}}
- request: {method: GET, uri: '<BASE>x/'}
- request: {method: GET, uri: '<BASE>', body: {}}
  response: {status: 600}
- text
)",
                        "vcrpy");
  std::vector<std::string> reasons;
  for (const auto& one : all) reasons.push_back(one.refused);
  EXPECT_THAT(reasons, ElementsAre("the entry has no absolute http URL", "the entry has no absolute http URL",
                                   "the URL holds white space or control characters", "the entry names no method",
                                   "the headers of the request are no map",
                                   "a header of the request has a name that HTTP does not allow",
                                   "the header a of the request is no text",
                                   "a header of the request has a name that is no text",
                                   "the body of the request stands in a form that is not known",
                                   "the base64_string of the request is no base64", "the entry holds no reply status",
                                   "the entry has no absolute http URL", "the reply status 600 is none of HTTP",
                                   "the entry names no method"));
}

TEST(RecordingFile, AnUnknownFileIsAnErrorThatListsWhatIsKnown) {
  const auto read = [](std::string_view bytes, const DocumentLimits& limits = {}) {
    return ReadRecordings(bytes, "x", limits, [](Recording&&) { FAIL(); }).status().ToString();
  };
  EXPECT_THAT(read("a: 1"), HasSubstr("x: no recording in a format that is known. Known are go-vcr, vcrpy, "));
  EXPECT_THAT(read(""), HasSubstr("no recording"));
  EXPECT_THAT(read("{"), HasSubstr("x: no JSON that can be read"));
  EXPECT_THAT(read("a: 'b"), HasSubstr("x: no YAML that can be read: line 1"));
  EXPECT_THAT(read("\x1F\x8Bxx"), HasSubstr("x: "));
  EXPECT_THAT(read("interactions: []", {.bytes = 5}), HasSubstr("larger than the limit of 5 bytes"));
}

TEST(RecordingFile, TimesAreSpelledInOneWay) {
  EXPECT_EQ(NormalTime("2025-08-20T17:36:06.113Z"), "2025-08-20T17:36:06Z");
  EXPECT_EQ(NormalTime("2026-08-02 22:32:55"), "2026-08-02T22:32:55Z");
  EXPECT_EQ(NormalTime("2026-01-01T00:10:00+01:00"), "2025-12-31T23:10:00Z");
  EXPECT_EQ(NormalTime("2026-01-01T00:10:00-0530"), "2026-01-01T05:40:00Z");
  EXPECT_EQ(NormalTime("Mon, 14 Aug 2023 15:02:13 GMT"), "2023-08-14T15:02:13Z");
  for (const char* odd :
       {"", "now", "2025-13-01T00:00:00Z", "2025-02-30T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01",
        "2025-01-01T00:00:00Zx", "Mon, 14 Foo 2023 15:02:13 GMT", "Mon, 14 Aug 2023 15:02:13 EST"}) {
    EXPECT_EQ(NormalTime(odd), "") << odd;
  }
}

}  // namespace
}  // namespace reprise::recorder
