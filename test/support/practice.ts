import { defineSchema } from '../../src/protocol/schema.ts'

/** The veterinary practice of the running example, and a type that refers in every way a path can. */
export const practice = defineSchema({
  version: 1,
  entities: {
    client: {
      fields: {
        name: { type: 'text', required: true },
        email: { type: 'text' },
        phone: { type: 'text' },
        address: { type: 'object' },
      },
    },
    practitioner: { fields: { name: { type: 'text', required: true } } },
    pet: {
      fields: {
        name: { type: 'text', required: true },
        species: { type: 'text' },
        weightKg: { type: 'number' },
      },
      references: { clientId: { to: 'client', required: true }, siblingId: 'pet' },
    },
    appointment: {
      fields: { startsAt: { type: 'datetime' }, reason: { type: 'text' } },
      references: { petId: { to: 'pet', required: true }, practitionerId: 'practitioner' },
    },
    soapNote: {
      fields: { subjective: { type: 'longtext' }, plan: { type: 'longtext' } },
      references: { appointmentId: { to: 'appointment', required: true } },
    },
    round: {
      fields: { title: { type: 'text' } },
      references: {
        'petIds[]': 'pet',
        'items[].petId': 'pet',
        'byPlace{}': 'pet',
        'owner.clientId': 'client',
        subject: { poly: true },
        'seen[]': { poly: true },
      },
    },
    label_with_underscores: { id: 'string', fields: { text: { type: 'text' } } },
  },
})
