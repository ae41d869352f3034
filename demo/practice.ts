import { defineSchema } from '../src/index.ts'

/** A veterinary practice: client → pet → appointment → soapNote, and the practitioners who see them. */
export const practiceSchema = defineSchema({
  version: 1,
  entities: {
    client: {
      label: 'Client',
      titleField: 'name',
      fields: {
        name: { type: 'text', label: 'Name', required: true },
        email: { type: 'text', label: 'Email' },
        phone: { type: 'text', label: 'Phone' },
        address: { type: 'object', label: 'Address' },
      },
    },
    pet: {
      label: 'Pet',
      titleField: 'name',
      fields: {
        name: { type: 'text', label: 'Name', required: true },
        species: { type: 'text', label: 'Species' },
        weightKg: { type: 'number', label: 'Weight (kg)' },
      },
      references: { clientId: { to: 'client', required: true, label: 'Owner' } },
    },
    practitioner: {
      label: 'Practitioner',
      titleField: 'name',
      fields: { name: { type: 'text', label: 'Name', required: true } },
    },
    appointment: {
      label: 'Appointment',
      titleField: 'reason',
      fields: {
        startsAt: { type: 'datetime', label: 'Starts at' },
        reason: { type: 'text', label: 'Reason' },
      },
      references: {
        petId: { to: 'pet', required: true, label: 'Pet' },
        practitionerId: { to: 'practitioner', label: 'Practitioner' },
      },
    },
    soapNote: {
      label: 'SOAP note',
      titleField: 'subjective',
      fields: {
        subjective: { type: 'longtext', label: 'Subjective' },
        objective: { type: 'longtext', label: 'Objective' },
        assessment: { type: 'longtext', label: 'Assessment' },
        plan: { type: 'longtext', label: 'Plan' },
      },
      references: { appointmentId: { to: 'appointment', required: true, label: 'Appointment' } },
    },
  },
})
