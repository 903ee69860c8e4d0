// The GoogleTest face of reprise: include it in a test, link reprise::gtest, and use any main, also the stock one.
//
//   #include <gtest/gtest.h>
//   #include <reprise/gtest.h>
//
//   TEST(Support, ExplainsCrdts) {
//     auto reply = reprise::Current().Ask(reprise::Chat("openai/gpt-4o-mini-2024-07-18").User("Explain CRDTs."));
//     ASSERT_THAT(reply, reprise::IsOk());
//     EXPECT_THAT(reply->text, reprise::MatchesGolden());
//   }
//
// A listener, registered before main, ends each test's session with the test: recordings that nobody asked for fail it
// there, what was served stands in the XML report as properties `reprise.*`. A test that never meets reprise pays for a
// look at a flag. While tests are listed nothing is started, opened or printed.
//
// Header-only, compiled with your own GoogleTest (1.12.1 or newer), so that the library knows none. C++17, also without
// exceptions and RTTI. The matchers need gmock's header.
#ifndef REPRISE_GTEST_H_
#define REPRISE_GTEST_H_

#include <gtest/gtest.h>
#if __has_include(<gmock/gmock-matchers.h>)
#include <gmock/gmock-matchers.h>
#endif

#include <cstdio>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reprise/client.h"

// Names what this part of a test does, until the end of the block: failures inside it say so, each with this line, and
// so do misses. Streams its argument.
//
//   REPRISE_SCOPE("round " << i);
//
// What fails over HTTP meanwhile (client.h, BaseUrl) fails the test at this line, when the block ends.
#define REPRISE_SCOPE(streamed)                                                   \
  const ::reprise::internal::Scope GTEST_CONCAT_TOKEN_(reprise_scope_, __LINE__)( \
      __FILE__, __LINE__, (::testing::Message() << streamed).GetString()) /* NOLINT */

namespace reprise {
namespace internal {

inline std::vector<std::string>& ScopesOfThread() {
  thread_local std::vector<std::string> scopes;
  return scopes;
}

class Scope {
 public:
  Scope(const char* file, int line, const std::string& text) : file_(file), line_(line), trace_(file, line, text) {
    ScopesOfThread().push_back(std::string(file) + ':' + std::to_string(line) + ' ' + text);
  }
  ~Scope() {
    // A destructor must not throw, so with GoogleTest's throw_on_failure they are told at the end of the test.
    if (!GTEST_FLAG_GET(throw_on_failure)) {
      for (const std::string& failure : TakeHttpFailures()) ADD_FAILURE_AT(file_, line_) << failure;
    }
    ScopesOfThread().pop_back();
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  const char* const file_;
  const int line_;
  ::testing::ScopedTrace trace_;
};

class GoogleTestListener : public ::testing::EmptyTestEventListener {
 public:
  static bool Register() {
    static const Host host = {Current, Fail, [] { return ScopesOfThread(); }};
    if (!InstallHost(&host)) return false;
    ::testing::UnitTest::GetInstance()->listeners().Append(new GoogleTestListener);
    return true;
  }

 private:
  static TestIdentity IdentityOf(const ::testing::TestSuite& suite) {
    return {suite.name(), "", suite.total_test_count() > 0 ? suite.GetTestInfo(0)->file() : ""};
  }
  static TestIdentity IdentityOf(const ::testing::TestInfo& test) {
    return {test.test_suite_name(), test.name(), test.file() != nullptr ? test.file() : ""};
  }

  static bool Current(TestIdentity* identity) {
    const ::testing::UnitTest& unit = *::testing::UnitTest::GetInstance();
    if (const ::testing::TestInfo* test = unit.current_test_info(); test != nullptr) {
      *identity = IdentityOf(*test);
      return true;
    }
    const ::testing::TestSuite* suite = unit.current_test_suite();
    if (suite != nullptr) *identity = IdentityOf(*suite);
    return suite != nullptr;
  }
  static void Fail(const char* file, int line, const std::string& text) { ADD_FAILURE_AT(file, line) << text; }

  static void Print(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) std::printf("[  REPRISE ] %s\n", line.c_str());
    if (!lines.empty()) std::fflush(stdout);
  }

  // Outcome so far, and why it was skipped.
  static Outcome OutcomeOf(const ::testing::TestResult& result, std::string* reason) {
    if (result.Failed()) return Outcome::kFailed;
    if (!result.Skipped()) return Outcome::kPassed;
    for (int i = 0; i < result.total_part_count(); ++i) {
      if (result.GetTestPartResult(i).skipped()) *reason = result.GetTestPartResult(i).message();
    }
    while (!reason->empty() && reason->back() == '\n') reason->pop_back();  // newer GoogleTest adds one
    return Outcome::kSkipped;
  }

  void OnTestProgramStart(const ::testing::UnitTest&) override { BeginProgram(); }

  void OnTestSuiteStart(const ::testing::TestSuite& suite) override { BeginTest(IdentityOf(suite)); }
  void OnTestStart(const ::testing::TestInfo& test) override { BeginTest(IdentityOf(test)); }

  void OnTestEnd(const ::testing::TestInfo& test) override {
    std::string reason;
    const Outcome outcome = OutcomeOf(*test.result(), &reason);
    const Ending ending = EndTest(IdentityOf(test), outcome, reason);
    for (const std::string& failure : ending.failures) Fail(test.file(), test.line(), failure);
    for (const auto& [name, value] : ending.properties) ::testing::Test::RecordProperty(name, value);
    Print(ending.notes);
  }

  // A suite's set-up and tear-down have a session of their own.
  void OnTestSuiteEnd(const ::testing::TestSuite& suite) override {
    const TestIdentity identity = IdentityOf(suite);
    const Ending ending = EndTest(identity, suite.Failed() ? Outcome::kFailed : Outcome::kPassed, "");
    for (const std::string& failure : ending.failures) Fail(identity.file.c_str(), 1, failure);
    Print(ending.notes);
  }

  void OnTestProgramEnd(const ::testing::UnitTest&) override {
    const std::vector<std::string> lines = EndProgram();
    if (!GTEST_FLAG_GET(brief)) Print(lines);
  }
};

inline const bool kGoogleTestListens = GoogleTestListener::Register();

// ---- What the matchers are made of.

inline const Status& StatusOf(const Status& status) { return status; }
template <typename T>
const Status& StatusOf(const Result<T>& result) {
  return result.status();
}

// A miss is long, and has been told in full at the line of its Ask.
inline std::string Brief(const Status& status) {
  const std::string text = status.ToString();
  const std::size_t line = text.find('\n');
  return line == std::string::npos ? text : text.substr(0, line) + " ... (told in full above)";
}

class IsOkMatcher {
 public:
  template <typename T>
  bool MatchAndExplain(const T& value, ::testing::MatchResultListener*) const {
    return StatusOf(value).ok();  // printed, an error says all there is to say
  }
  void DescribeTo(std::ostream* out) const { *out << "is OK"; }
  void DescribeNegationTo(std::ostream* out) const { *out << "is an error"; }
};

inline const char* KindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kOk: return "kOk";
    case ErrorKind::kUsage: return "kUsage";
    case ErrorKind::kMismatch: return "kMismatch";
    case ErrorKind::kCassette: return "kCassette";
    case ErrorKind::kUpstream: return "kUpstream";
    case ErrorKind::kSecret: return "kSecret";
    case ErrorKind::kStale: return "kStale";
    case ErrorKind::kIo: return "kIo";
    case ErrorKind::kInternal: return "kInternal";
  }
  return "unknown";
}

class StatusIsMatcher {
 public:
  explicit StatusIsMatcher(ErrorKind kind) : kind_(kind) {}
  template <typename T>
  bool MatchAndExplain(const T& value, ::testing::MatchResultListener* listener) const {
    const Status& status = StatusOf(value);
    *listener << "whose kind is " << KindName(status.kind());
    return status.kind() == kind_;
  }
  void DescribeTo(std::ostream* out) const { *out << "is of kind " << KindName(kind_); }
  void DescribeNegationTo(std::ostream* out) const { *out << "is not of kind " << KindName(kind_); }

 private:
  ErrorKind kind_;
};

#if __has_include(<gmock/gmock-matchers.h>)
template <typename Inner>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <typename R>
  operator ::testing::Matcher<R>() const {  // NOLINT: as every polymorphic matcher
    return ::testing::Matcher<R>(new Implementation<R>(inner_));
  }

 private:
  template <typename R>
  class Implementation : public ::testing::MatcherInterface<R> {
   public:
    using Value = std::remove_reference_t<decltype(*std::declval<const std::remove_reference_t<R>&>())>;
    explicit Implementation(const Inner& inner) : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}
    bool MatchAndExplain(R result, ::testing::MatchResultListener* listener) const override {
      if (!result.ok()) return false;
      ::testing::StringMatchResultListener inside;
      const bool matches = inner_.MatchAndExplain(*result, &inside);
      *listener << "which holds " << ::testing::PrintToString(*result);
      if (!inside.str().empty()) *listener << ", " << inside.str();
      return matches;
    }
    void DescribeTo(std::ostream* out) const override {
      *out << "is OK and holds a value that ";
      inner_.DescribeTo(out);
    }
    void DescribeNegationTo(std::ostream* out) const override {
      *out << "is an error, or holds a value that ";
      inner_.DescribeNegationTo(out);
    }

   private:
    ::testing::Matcher<const Value&> inner_;
  };

  Inner inner_;
};
#endif

class GoldenMatcher {
 public:
  GoldenMatcher(std::string name, Place place) : state_(std::make_shared<State>()) {
    state_->name = std::move(name);
    state_->place = place;
  }

  template <typename T>
  bool MatchAndExplain(const T& value, ::testing::MatchResultListener* listener) const {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      return Compare(std::string(std::string_view(value)), "", listener);
    } else if constexpr (std::is_same_v<T, Reply>) {
      return Compare(value.text, value.key, listener);
    } else {
      if (value.ok()) return MatchAndExplain(*value, listener);
      *listener << Brief(value.status());
      return false;
    }
  }
  void DescribeTo(std::ostream* out) const { *out << "equals " << Name(); }
  void DescribeNegationTo(std::ostream* out) const { *out << "differs from " << Name(); }

 private:
  // GoogleTest asks a matcher again to have a failure explained, and copies it freely: the answer for a value is kept,
  // so that an unnamed golden keeps its number.
  struct State {
    std::string name;
    Place place = {"", 0};
    bool asked = false;
    std::string actual;
    bool matches = false;
    std::string explanation;
  };

  std::string Name() const { return state_->name.empty() ? "its golden" : "the golden \"" + state_->name + "\""; }

  bool Compare(const std::string& actual, const std::string& key, ::testing::MatchResultListener* listener) const {
    State& s = *state_;
    if (!s.asked || s.actual != actual) Ask(actual, key);
    if (!s.explanation.empty()) *listener << s.explanation;
    return s.matches;
  }

  void Ask(const std::string& actual, const std::string& key) const {
    State& s = *state_;
    s.asked = true;
    s.actual = actual;
    const std::string place = std::string(s.place.file) + ':' + std::to_string(s.place.line);
    const Result<GoldenAnswer> answer = CompareGolden(s.name, actual, key, s.place);
    const bool judged =
        answer.ok() && (answer->kind == GoldenAnswer::Kind::kPass || answer->kind == GoldenAnswer::Kind::kFail);
    s.matches = answer.ok() && answer->kind == GoldenAnswer::Kind::kPass;
    s.explanation = s.matches ? "" : answer.ok() ? answer->message : Brief(answer.status());
    // Under Not() a "no" that compared nothing would pass.
    if (!judged) Unjudged(s.place, s.explanation);
    if (s.matches) {
      s.explanation = "which equals " + answer->path;
    } else if (!s.explanation.empty()) {
      s.explanation += "\n(MatchesGolden at " + place + ")";
    }
  }

  std::shared_ptr<State> state_;
};

}  // namespace internal

// A Status or a Result that is OK.
inline ::testing::PolymorphicMatcher<internal::IsOkMatcher> IsOk() {
  return ::testing::MakePolymorphicMatcher(internal::IsOkMatcher());
}

// An error of that kind. There is no "not OK": a test should say which error it expects. (An error of Ask or Record has
// failed the test already; this is for errors of other calls.)
inline ::testing::PolymorphicMatcher<internal::StatusIsMatcher> StatusIs(ErrorKind kind) {
  return ::testing::MakePolymorphicMatcher(internal::StatusIsMatcher(kind));
}

#if __has_include(<gmock/gmock-matchers.h>)
// A Result that is OK and whose value matches `inner`.
template <typename Inner>
internal::IsOkAndHoldsMatcher<std::decay_t<Inner>> IsOkAndHolds(Inner&& inner) {
  return internal::IsOkAndHoldsMatcher<std::decay_t<Inner>>(std::forward<Inner>(inner));
}
#endif

// Text, or a reply's text, that equals the golden a human accepted: goldens/<Suite>/<Test>/<name>.txt, or .json if the
// name ends in ".json" (then compared as JSON). Without a name they are numbered in the order of evaluation. Where
// there is no golden yet the test fails, also under Not(), and leaves a pending file for `reprise accept`.
inline ::testing::PolymorphicMatcher<internal::GoldenMatcher> MatchesGolden(std::string name = {},
                                                                            const char* file = __builtin_FILE(),
                                                                            int line = __builtin_LINE()) {
  return ::testing::MakePolymorphicMatcher(internal::GoldenMatcher(std::move(name), {file, line}));
}

// How GoogleTest prints them. Text is quoted and escaped: a model's words are not for the terminal to obey.
inline void PrintTo(const Status& status, std::ostream* out) { *out << internal::Brief(status); }
inline void PrintTo(const Reply& reply, std::ostream* out) {
  *out << "reply " << reply.status << ", text " << ::testing::PrintToString(reply.text);
  if (!reply.error.empty()) *out << ", error " << ::testing::PrintToString(reply.error);
}
template <typename T>
void PrintTo(const Result<T>& result, std::ostream* out) {
  *out << (result.ok() ? ::testing::PrintToString(*result) : "error: " + internal::Brief(result.status()));
}

}  // namespace reprise

#endif  // REPRISE_GTEST_H_
