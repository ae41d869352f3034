import type { MessagesOverride } from '../../src/react/index.ts'

const fields = (n: number): string => (n === 1 ? 'حقل واحد' : n === 2 ? 'حقلان' : `${n} حقول`)
const changes = (n: number): string => (n === 1 ? 'تغييرًا واحدًا' : n === 2 ? 'تغييرين' : `${n} تغييرات`)

/** What the dialog says, in Arabic: for the stories that run from right to left. */
export const arabic: MessagesOverride = {
  title: (name, type) => `تم تغيير ${name} (${type}) في مكانين`,
  meta: (n) => `${fields(n)} بانتظار اختيارك. لن يتغير شيء قبل التطبيق.`,
  metaPreview: 'هذا ما سيتم حفظه. لن يتغير شيء قبل التطبيق.',
  quickActions: 'إجراءات سريعة',
  keepLocal: 'الاحتفاظ بالمحلي',
  takeServer: 'استخدام الخادم',
  keepLocalHint: (n, person) => `يستبدل ${changes(n)} من ${person ?? 'شخص آخر'} على الخادم.`,
  takeServerHint: (n) => `يزيل ${changes(n)} من هذا الجهاز.`,
  field: 'الحقل',
  local: 'هذا الجهاز',
  server: 'الخادم',
  result: 'النتيجة',
  you: 'أنت',
  editedAt: (time) => `عُدّل ${time}`,
  receivedAt: (time) => `تغيّر ${time}`,
  was: (value) => `كان ${value}`,
  empty: '(فارغ)',
  replaces: (value, by) => (by === '' ? `يستبدل ${value}` : `يستبدل ${value} (${by})`),
  clears: (value) => `يمحو ${value}`,
  yours: 'لك',
  theirs: 'الخادم',
  unchanged: (n) => `${fields(n)} بلا تغيير`,
  differences: 'الفروق',
  marks: { added: 'أضيف', removed: 'حُذف', changed: 'تغيّر', equal: 'بلا تغيير' },
  laterBtn: 'القرار لاحقًا',
  back: 'رجوع',
  apply: 'تطبيق',
  close: 'إغلاق',
}
