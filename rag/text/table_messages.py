"""Messages about what was computed from a table, in Chinese and English: the result, and how it was found."""

from __future__ import annotations

from rag.schema import Language

Sentences = dict[Language, str]

COUNT: Sentences = {"zh": "共 {n} 条：{names}。", "en": "There are {n}: {names}."}
COUNT_ALONE: Sentences = {"zh": "共 {n} 条。", "en": "There are {n}."}
NONE_FOUND: Sentences = {"zh": "没有符合条件的，共 0 条。", "en": "None meets the condition: 0."}
SUM: Sentences = {"zh": "“{head}”合计 {value}。", "en": "“{head}” comes to {value} in total."}
MEAN: Sentences = {"zh": "“{head}”平均 {value}。", "en": "“{head}” is {value} on average."}
MEDIAN: Sentences = {"zh": "“{head}”的中位数是 {value}。", "en": "The median of “{head}” is {value}."}
LARGEST: Sentences = {"zh": "“{head}”最大的是{name}：{value}。", "en": "{name} has the largest “{head}”: {value}."}
SMALLEST: Sentences = {"zh": "“{head}”最小的是{name}：{value}。", "en": "{name} has the smallest “{head}”: {value}."}
LATEST: Sentences = {"zh": "“{head}”最晚的是{name}：{value}。", "en": "{name} has the latest “{head}”: {value}."}
EARLIEST: Sentences = {"zh": "“{head}”最早的是{name}：{value}。", "en": "{name} has the earliest “{head}”: {value}."}
NTH: Sentences = {"zh": "“{head}”第 {rank} 位的是{name}：{value}。", "en": "{name} is number {rank} by “{head}”: {value}."}
TOP: Sentences = {"zh": "“{head}”的前 {n} 位：{names}。", "en": "The first {n} by “{head}”: {names}."}
RANK: Sentences = {"zh": "{name}的“{head}”是 {value}，在 {n} 个中排第 {rank}。",
                   "en": "{name} is number {rank} of {n} by “{head}”, with {value}."}
MORE: Sentences = {
    "zh": "{a}的“{head}”比{b}多 {value}（{x} 与 {y}）。", "en": "“{head}”: {a} has {value} more than {b} ({x} and {y})."}
FEWER: Sentences = {
    "zh": "{a}的“{head}”比{b}少 {value}（{x} 与 {y}）。", "en": "“{head}”: {a} has {value} less than {b} ({x} and {y})."}
EQUAL: Sentences = {"zh": "{a}与{b}的“{head}”相同：{x}。", "en": "“{head}” is the same for {a} and {b}: {x}."}
RISE: Sentences = {"zh": "“{head}”从{b}的 {y} 到{a}的 {x}，增加 {value}。",
                   "en": "“{head}” rose by {value}, from {y} in {b} to {x} in {a}."}
FALL: Sentences = {"zh": "“{head}”从{b}的 {y} 到{a}的 {x}，减少 {value}。",
                   "en": "“{head}” fell by {value}, from {y} in {b} to {x} in {a}."}
STEADY: Sentences = {"zh": "是。{name}每期都如此：{values}。", "en": "Yes, {name} in every period: {values}."}
NOT_STEADY: Sentences = {"zh": "不是。{name}在{broken}例外：{values}。", "en": "No, {name} does not in {broken}: {values}."}
CALLED: Sentences = {"zh": "（{names}）", "en": " ({names})"}
ALSO_ABSOLUTE: Sentences = {"zh": "（{value}）", "en": " ({value})"}
SHARE: Sentences = {"zh": "{name}占“{head}”的 {value}（{x} ÷ {y}）。", "en": "{name} has {value} of “{head}” ({x} ÷ {y})."}
RATIO: Sentences = {"zh": "{a}的“{head}”是{b}的 {value} 倍（{x} ÷ {y}）。",
                    "en": "“{head}”: {a} has {value} times as much as {b} ({x} ÷ {y})."}
YES: Sentences = {"zh": "是。", "en": "Yes."}
NO: Sentences = {"zh": "不是。", "en": "No."}
TREND: Sentences = {"zh": "“{head}”：{names}。", "en": "“{head}”: {names}."}
VALUE: Sentences = {"zh": "{name}的“{head}”为 {value}。", "en": "“{head}” of {name} is {value}."}
PART_OF_RECORDS: Sentences = {"zh": "占 {value}（{x} 条 ÷ {y} 条）。", "en": "{value} of them ({x} of {y} rows)."}
PART_OF_SUM: Sentences = {"zh": "占“{head}”的 {value}（{x} ÷ {y}）。", "en": "{value} of “{head}” ({x} ÷ {y})."}
AGGREGATES: dict[str, Sentences] = {
    "total": {"zh": "{head}合计", "en": "total {head}"}, "mean": {"zh": "{head}平均值", "en": "mean {head}"},
    "median": {"zh": "{head}中位数", "en": "median {head}"}, "largest": {"zh": "{head}最大值", "en": "largest {head}"},
    "smallest": {"zh": "{head}最小值", "en": "smallest {head}"}, "count": {"zh": "行数", "en": "number of rows"}}
ALSO: Sentences = {"zh": "{head}：{value}。", "en": "{head}: {value}."}

# how it was found
READ_ALL: Sentences = {"zh": "读取该表全部 {rows} 行", "en": "Computed from all {rows} rows of the table"}
READ_SOME: Sentences = {
    "zh": "读取该表全部 {rows} 行，其中 {passing} 行符合条件",
    "en": "Computed from all {rows} rows of the table, of which {passing} meet the condition"}
CONDITION: Sentences = {"zh": "条件：{conditions}", "en": "condition: {conditions}"}
IS_ONE_OF: Sentences = {"zh": "“{head}”为{values}", "en": "“{head}” is {values}"}
IS_NONE_OF: Sentences = {"zh": "“{head}”不为{values}", "en": "“{head}” is not {values}"}
IS_UNDER: Sentences = {"zh": "属于{values}", "en": "under {values}"}
RELATIONS: dict[str, Sentences] = {
    "above": {"zh": "“{head}”大于 {bound}", "en": "“{head}” above {bound}"},
    "at least": {"zh": "“{head}”不小于 {bound}", "en": "“{head}” at least {bound}"},
    "below": {"zh": "“{head}”小于 {bound}", "en": "“{head}” below {bound}"},
    "at most": {"zh": "“{head}”不大于 {bound}", "en": "“{head}” at most {bound}"},
    "equal": {"zh": "“{head}”等于 {bound}", "en": "“{head}” equal to {bound}"},
}
OF_THE_MEAN: Sentences = {"zh": "平均值 {value}", "en": "the mean, {value}"}
GROUPED: Sentences = {"zh": "按“{head}”分为 {n} 组", "en": "grouped by “{head}” into {n}"}
BLANKS: Sentences = {"zh": "{n} 行没有数值，没有计入", "en": "{n} rows without a value were left out"}
SUMMARIES: Sentences = {"zh": "不含“{name}”一行", "en": "without the row “{name}”"}
AGREES: Sentences = {"zh": "与表中“{name}”一致", "en": "the same as the row “{name}” states"}
DIFFERS: Sentences = {"zh": "表中“{name}”写的是 {value}，与此不同", "en": "the row “{name}” states {value}, which differs"}

# why nothing was computed
NO_COLUMN: Sentences = {
    "zh": "表中不能确定所问的是哪一列；最接近的列：{columns}。",
    "en": "It is not certain which column of the table is meant; the nearest are {columns}."}
MIXED_UNITS: Sentences = {
    "zh": "“{columns}”一列的单位不一致，不能合在一起计算。",
    "en": "The column {columns} has several units, so its values cannot be computed together."}
UNREAD_ROWS: Sentences = {
    "zh": "表中有的行分列不清，没有计算。", "en": "Some rows of the table could not be read as records, so nothing was computed."}

LIST_SEPARATOR: Sentences = {"zh": "、", "en": ", "}
CLAUSE_SEPARATOR: Sentences = {"zh": "；", "en": "; "}
MORE_NAMES: Sentences = {"zh": "等", "en": " and others"}
